"""The stops of a position that rest at its venue: which there are, and how they are taken back."""

from decimal import Decimal

from data.journal import HoldingKind, HoldingLog, Journal
from models.orders import floored
from models.types.wire import Balance, MarketRules, OrderKind, OrderState, Role, WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.departing import pending_gone
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import NOTHING, Held, is_stop, quantity_now
from tasks.session.ordering.resolving import frozen_by, refresh, resolve
from tasks.session.ordering.rows import base_of

# The `why` of a stop that we took back ourselves.
RELEASED = "taken back to be replaced or to sell"
# Less than this share of a position that the balance lacks is a fee in base that nobody has told of yet.
UNTOLD_FEES = Decimal("0.01")


def is_clear(desk: OrderDesk, held: Held) -> bool:
    """Ask what became of every doubtful order of the book in the symbol; whether what is held may be sold or protected:
    nothing but a cancel may be sent while a sale is in doubt. What a doubtful purchase may bring is not held yet, and
    what was bought before it needs its stop.
    """
    for order in frozen_by(desk, held.book, held.symbol):
        resolve(desk, order)
    return all(one.role.opens for one in frozen_by(desk, held.book, held.symbol))


def stops_of(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Its stops that are not over, as the journal has them, the oldest first."""
    mine = [one for one in desk.log.live_orders(held.venue) if is_stop(one) and _is_of(one, held)]
    return sorted(mine, key=lambda one: (one.created_at, one.cid))


def heard_stops(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Its stops that are not over, as the venue has them now; as the journal has those of which it does not say."""
    for order in stops_of(desk, held):
        refresh(desk, order)
    return stops_of(desk, held)


def release(desk: OrderDesk, held: Held) -> bool:
    """Take back every stop of the position; whether all are over. What was filled of them meanwhile is in the journal.

    A position without its stop is not protected: sell, or protect it again.
    """
    for order in stops_of(desk, held):
        desk.log.note_release(order.cid, RELEASED, desk.clock.now())
        cancel(desk, order)
    return not stops_of(desk, held)


def lost_stops(desk: OrderDesk, held: Held) -> int:
    """How many stops of the position somebody else ended before they had sold what they were for."""
    ours = desk.log.released(held.entry_cid)
    ended = [one for one in stops_made(desk, held) if one.state in (OrderState.CANCELED, OrderState.EXPIRED)]
    return sum(one.cid not in ours for one in ended)


def stops_made(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Every stop that was ever made for the position at its venue, the oldest first."""
    made = [one for one in desk.log.children(held.entry_cid) if is_stop(one) and one.venue == held.venue]
    return sorted(made, key=lambda one: (one.created_at, len(one.cid), one.cid))


def sellable(desk: OrderDesk, held: Held, rules: MarketRules, resting: Decimal = NOTHING) -> Decimal:
    """Base units of the position that an order may sell now, on the lot grid: those that are held and no other order
    sells already, as far as the balance has them and they are not somebody else's; `resting` units that its own stops
    bind count as free. A person is told where that is less than is held.

    Raises:
        Unavailable: the venue did not say what the balance has.
    """
    balance = desk.account(held.venue).balances().get(rules.base, Balance(rules.base, NOTHING, NOTHING))
    whole, ours = unsold(desk, held), balance.total - outside(desk, held.venue, rules.base) - _bound(desk, held, rules)
    _tell_of_less(desk, held, rules, whole, ours)
    return floored(max(min(whole, balance.free + resting, ours), NOTHING), rules.lot)


def outside(desk: OrderDesk, venue: str, asset: str) -> Decimal:
    """Units of an asset at the venue that are never ours to sell: those that were there before, or that others brought.

    What others took away counts only once a person has said that it was theirs (`keel adopt --leave`): until then it
    may be the book's that is missing.
    """
    notes = [one for one in HoldingLog(desk.log.engine).open_of(venue) if one.asset == asset]
    there = [one.quantity for one in notes if one.kind is HoldingKind.BASELINE]
    brought = [one.quantity for one in notes if one.kind is HoldingKind.EXTERNAL and one.quantity > NOTHING]
    return max(sum((*there, *brought), NOTHING), NOTHING)


def unsold(desk: OrderDesk, held: Held) -> Decimal:
    """Base units held, without those that an order of the position is about to sell (its stops are no such orders), and
    those that have left the account and that no decision has booked yet.
    """
    selling = [
        one for one in desk.log.live_orders(held.venue) if _is_of(one, held) and not one.is_buy and not is_stop(one)
    ]
    going = sum((one.remaining for one in selling), NOTHING)
    return max(quantity_now(desk.log, held) - going - _gone(desk, held), NOTHING)


def child_of(
    desk: OrderDesk,
    held: Held,
    role: Role,
    letter: str,
    quantity: Decimal,
    reference: Decimal,
    limit: Decimal | None = None,
    stop: Decimal | None = None,
) -> WireOrder:
    """The next order of its kind (`letter`) that sells of the position: at market where there is no `stop`."""
    head = f"{held.entry_cid}-{letter}"
    ends = [one.cid.removeprefix(head) for one in desk.log.children(held.entry_cid) if one.cid.startswith(head)]
    # After the highest, which are more than there are where a journal was restored.
    number = max([len(ends), *(int(one) for one in ends if one.isdecimal())]) + 1
    now = desk.clock.now()
    return WireOrder(
        cid=f"{head}{number}",
        parent=held.entry_cid,
        book=held.book,
        system=held.system,
        venue=held.venue,
        symbol=held.symbol,
        role=role,
        kind=OrderKind.MARKET if stop is None else OrderKind.STOP,
        is_buy=False,
        quantity=quantity,
        limit=limit,
        stop=stop,
        reference=reference,
        decided_at=now,
        created_at=now,
    )


def _is_of(order: WireOrder, held: Held) -> bool:
    mine = order.book, order.system, order.venue, order.symbol
    return mine == (held.book, held.system, held.venue, held.symbol)


def _bound(desk: OrderDesk, held: Held, rules: MarketRules) -> Decimal:
    """Base units in the balance that orders of ours are about to sell, but for the stops of the position itself."""
    selling = [one for one in desk.log.live_orders(held.venue) if not one.is_buy and base_of(one.symbol) == rules.base]
    return sum((one.remaining for one in selling if not (is_stop(one) and _is_of(one, held))), NOTHING)


def _gone(desk: OrderDesk, held: Held) -> Decimal:
    """Base units of the position that left the account without an order of ours and wait to be booked."""
    notes = HoldingLog(desk.log.engine).open_of(held.venue)
    if not any(one.kind is HoldingKind.ADOPTED and one.quantity < NOTHING for one in notes):
        return NOTHING
    journal, lot = Journal(desk.log.engine), desk.account(held.venue).rules(held.symbol).lot
    last = journal.last_decision(held.book)
    left = pending_gone(journal, desk.log, (held.venue,), held.book, {held.symbol: lot}, last)
    return sum((one.units for one in left if (one.system, one.symbol) == (held.system, held.symbol)), NOTHING)


def _tell_of_less(desk: OrderDesk, held: Held, rules: MarketRules, whole: Decimal, ours: Decimal) -> None:
    if whole - ours > max(UNTOLD_FEES * whole, rules.lot):
        text = (
            f"{held.system} holds {whole} {held.symbol} at {held.venue}, where only {max(ours, NOTHING)} are the book's"
        )
        key = f"not ours {held.venue} {held.symbol} {held.entry_cid}"
        desk.alert(key, "error", f"{text}; no more is sold or protected: look at the account, then use keel adopt")
