"""Protective stops at the venues, each equal to the position behind it: the right size, the right level, one of each.

Called again after whatever happened it comes to the same: it trusts the journal and what the venue says now, and never
what it meant to do before. A position whose stop cannot rest is watched here (see `levels`) or sold; each time a person
is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.orders import floored, is_own_refusal
from models.types import BadInput, Unavailable
from models.types.wire import MarketRules, OrderState, Quote, Role, WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import NOTHING, Held, quantity_now
from tasks.session.ordering.resolving import frozen_by
from tasks.session.ordering.resting import (
    UNTOLD_FEES,
    child_of,
    heard_stops,
    is_clear,
    lost_stops,
    release,
    sellable,
    stops_made,
    unsold,
)
from tasks.session.ordering.selling import PATIENCE, capped, is_dust, sell
from tasks.session.ordering.submitting import submit

# A stop that somebody else took away is placed again, but not a second time.
MOST_LOST = 2
# What venues say of a stop whose level the market has passed already.
TRIGGERS_NOW = "immediately"


class Means(StrEnum):
    """What stands between a position and a loss.

    RESTING: a stop at the venue, for all of it. LOCAL: whoever calls `watch_levels`. SOLD: nothing, its level was
    crossed and it was put up for sale; what is left of it is watched. DUST: nothing, it is too small for any order.
    FROZEN: unknown, until the venue says what became of an order in the symbol. FLAT: nothing is held.
    """

    RESTING = "resting"
    LOCAL = "local"
    SOLD = "sold"
    DUST = "dust"
    FROZEN = "frozen"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Protection:
    """How a position is protected now.

    Attributes:
        quantity: base units that `means` covers.
        level: price at which it is sold, quote currency.
        order: the stop that rests, or the newest order that sold.
        why: of what is not RESTING or FLAT.
    """

    held: Held
    means: Means
    quantity: Decimal
    level: Decimal
    order: WireOrder | None = None
    why: str = ""

    @property
    def local(self) -> bool:
        """Whether it depends on somebody calling `watch_levels`."""
        return self.means in (Means.LOCAL, Means.SOLD)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The stop that a position should have; `rules` are those that it was rounded by."""

    quantity: Decimal
    level: Decimal
    rules: MarketRules

    def is_like(self, order: WireOrder) -> bool:
        """Whether the order still stands for it; a level that moved by less than a tick has not moved, and one that
        nobody has told is another one.
        """
        if order.stop is None:
            return False
        moved = abs(order.stop - self.level)
        return (not moved or moved < self.rules.tick) and order.remaining == self.quantity


def protect(desk: OrderDesk, held: Sequence[Held]) -> list[Protection]:
    """Make the stops at the venues equal to what is held; one answer for each position, in the same order.

    Raises:
        Refused: another process writes orders now.
    """
    return [_protected(desk, one) for one in held]


def level_of(desk: OrderDesk, held: Held) -> Decimal:
    """Where it is sold: at the stop of its rules, or, where they have none, so far below its entry that only a disaster
    gets there.
    """
    if held.stop is not None:
        return held.stop
    return held.entry_price * (1 - Decimal(repr(desk.settings.disaster_stop)))


def _protected(desk: OrderDesk, held: Held) -> Protection:
    try:
        return _made_equal(desk, held)
    except (BadInput, Unavailable) as error:
        level, quantity = level_of(desk, held), quantity_now(desk.log, held)
        return _told(desk, Protection(held, Means.LOCAL, quantity, level, why=str(error)))


def _made_equal(desk: OrderDesk, held: Held) -> Protection:
    if not is_clear(desk, held):
        return _frozen(desk, held)
    resting = heard_stops(desk, held)
    if not resting and not quantity_now(desk.log, held):
        is_doubtful = bool(frozen_by(desk, held.book, held.symbol))
        return _frozen(desk, held) if is_doubtful else Protection(held, Means.FLAT, NOTHING, level_of(desk, held))
    if _may_be_bought(desk, held, resting):
        return _frozen(desk, held)
    wanted = _wanted(desk, held, desk.account(held.venue).rules(held.symbol), resting)
    if len(resting) == 1 and wanted.quantity and wanted.is_like(resting[0]):
        return Protection(held, Means.RESTING, wanted.quantity, wanted.level, resting[0])
    if not release(desk, held):
        return _stuck(desk, held)
    return _placed(desk, held, wanted.rules)


def _may_be_bought(desk: OrderDesk, held: Held, resting: Sequence[WireOrder]) -> bool:
    """Whether what rests covers more than is known to be held, and no more than the entry has brought if all of it was
    filled that is in doubt: so it is where a stop was taken in whose entry the venue does not tell of.
    """
    over = sum((one.remaining for one in resting), NOTHING) - quantity_now(desk.log, held)
    entry = [one for one in frozen_by(desk, held.book, held.symbol) if one.role.opens and one.parent == held.entry_cid]
    return NOTHING < over <= sum((one.remaining for one in entry if one.venue == held.venue), NOTHING)


def _wanted(desk: OrderDesk, held: Held, rules: MarketRules, resting: Sequence[WireOrder] = ()) -> Wanted:
    """The balance is not asked where what rests is all of the position: the venue has bound that much for it."""
    bound = sum((one.remaining for one in resting), NOTHING)
    whole = floored(unsold(desk, held), rules.lot)
    quantity = whole if whole <= bound else sellable(desk, held, rules, bound)
    return Wanted(capped(quantity, rules), max(floored(level_of(desk, held), rules.tick), rules.tick), rules)


def _placed(desk: OrderDesk, held: Held, rules: MarketRules, refused: WireOrder | None = None) -> Protection:
    """A stop for a position that has none; `refused` is one that the venue has just turned away."""
    wanted = _wanted(desk, held, rules)
    if not quantity_now(desk.log, held):
        return Protection(held, Means.FLAT, NOTHING, wanted.level)
    _tell_of_less(desk, held, wanted)
    quote = desk.account(held.venue).quote(held.symbol)
    if is_dust(wanted.quantity, quote.bid, rules):
        return _dust(desk, held, wanted, quote)
    if quote.bid <= wanted.level:
        return _sold(desk, held, wanted)
    obstacle = _obstacle(desk, held, wanted, refused)
    if obstacle:
        return _told(desk, Protection(held, Means.LOCAL, wanted.quantity, wanted.level, why=obstacle))
    # Only for venues whose stops carry one: what the market leaps over is sold by whoever watches the levels.
    worst = max(floored(wanted.level * (1 - desk.caps.collar), rules.tick), rules.tick)
    order = child_of(desk, held, Role.STOP, "s", wanted.quantity, wanted.level, worst, wanted.level)
    return _after(desk, held, wanted, submit(desk, order, quote), refused)


def _after(desk: OrderDesk, held: Held, wanted: Wanted, order: WireOrder, refused: WireOrder | None) -> Protection:
    """What a stop that was just sent came to."""
    if order.state is OrderState.OPEN:
        return Protection(held, Means.RESTING, order.remaining, wanted.level, order)
    if order.state.is_doubtful:
        return _frozen(desk, held)
    if order.state is OrderState.FILLED or TRIGGERS_NOW in order.why.lower():
        return _sold(desk, held, wanted)
    if order.state is OrderState.REJECTED and refused is None and not is_own_refusal(order):
        return _placed(desk, held, desk.account(held.venue).rules(held.symbol, fresh=True), order)
    said = f"its stop {order.cid} is {order.state.value}: {order.why or 'the venue gave no reason'}"
    return _told(desk, Protection(held, Means.LOCAL, wanted.quantity, wanted.level, order, said))


def _sold(desk: OrderDesk, held: Held, wanted: Wanted) -> Protection:
    """The level was crossed while no stop rested: sold at market now."""
    made = sell(desk, held, unsold(desk, held), Role.STOP, wanted.level)
    left = sellable(desk, held, wanted.rules)
    newest = made[-1] if made else None
    if newest is not None and newest.state.is_doubtful:
        return _frozen(desk, held)
    why = f"its level of {wanted.level} was crossed; {left} of it are left to be sold"
    protection = Protection(held, Means.SOLD, left, wanted.level, newest, why)
    return _told(desk, protection) if left else protection


def _obstacle(desk: OrderDesk, held: Held, wanted: Wanted, refused: WireOrder | None) -> str:
    """Why no stop is sent, empty when one is."""
    if not wanted.rules.takes_stops:
        return f"{held.venue} takes no stops in {held.symbol}"
    if is_dust(wanted.quantity, wanted.level, wanted.rules):
        return f"at its level {wanted.quantity} are worth less than the smallest order of {wanted.rules.min_notional}"
    if lost_stops(desk, held) >= MOST_LOST:
        return "its stop was taken away at the venue by somebody else, for the second time"
    made = stops_made(desk, held)
    newest = refused or (made[-1] if made else None)
    if newest is None or newest.state is not OrderState.REJECTED or not wanted.is_like(newest):
        return ""
    if desk.clock.now() - newest.created_at >= PATIENCE:
        return ""
    return f"its stop {newest.cid} was refused: {newest.why or 'the venue gave no reason'}"


def _stuck(desk: OrderDesk, held: Held) -> Protection:
    """A stop that does not fit any more could not be taken back: it is better than none, and tried again next time."""
    if not is_clear(desk, held):
        return _frozen(desk, held)
    left = heard_stops(desk, held)
    if not left:
        return _placed(desk, held, desk.account(held.venue).rules(held.symbol))
    rests = left[0]
    why = f"its stop {rests.cid} of {rests.remaining} at {rests.stop} could not be taken back to be replaced"
    return _told(desk, Protection(held, Means.LOCAL, quantity_now(desk.log, held), level_of(desk, held), rests, why))


def _frozen(desk: OrderDesk, held: Held) -> Protection:
    why = "what became of an order in it is not known: nothing more is ordered until the venue says"
    return _told(desk, Protection(held, Means.FROZEN, quantity_now(desk.log, held), level_of(desk, held), why=why))


def _tell_of_less(desk: OrderDesk, held: Held, wanted: Wanted) -> None:
    """Tell a person of a stop that covers less than is held: the balance lacks it, or one order may not have it all."""
    whole = unsold(desk, held)
    if whole - wanted.quantity > max(UNTOLD_FEES * whole, wanted.rules.lot):
        text = f"{held.system} holds {whole} {held.symbol}, of which {held.venue} lets {wanted.quantity} be protected"
        key = f"missing {held.venue} {held.symbol} {held.entry_cid}"
        desk.alert(key, "error", f"{text}; look at its balance and its largest order, the rest is only watched here")


def _told(desk: OrderDesk, protection: Protection) -> Protection:
    """The same, after a person was told."""
    held, means = protection.held, protection.means
    text = (
        f"{held.quantity} {held.symbol} of {held.system} at {held.venue} have no stop there ({means}): {protection.why}"
    )
    severity = "warning" if means is Means.DUST else "error"
    desk.alert(f"protection {means} {held.venue} {held.symbol} {held.entry_cid}", severity, text)
    return protection


def _dust(desk: OrderDesk, held: Held, wanted: Wanted, quote: Quote) -> Protection:
    """Less than a lot is what fees leave behind: nobody is told of that."""
    said = f"{wanted.quantity} at {quote.bid} are less than the smallest order of {wanted.rules.min_notional}"
    protection = Protection(held, Means.DUST, wanted.quantity, wanted.level, why=f"{said}; add to it or leave it")
    return _told(desk, protection) if wanted.quantity else protection
