"""The levels of positions, watched here: the fail-safe of stops, and targets, which do not rest at a venue.

Where stop and target could both rest only as one order, most venues take none; the stop rests, and the target is this.
"""

from collections.abc import Sequence
from decimal import Decimal

from models.orders import floored
from models.types import BadInput, Unavailable
from models.types.wire import Quote, Role, WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import NOTHING, Held, part_now
from tasks.session.ordering.protecting import level_of, protect
from tasks.session.ordering.resting import heard_stops, is_clear, release, sellable, unsold
from tasks.session.ordering.selling import capped, is_dust, may_sell, sell


def watch_levels(desk: OrderDesk, held: Sequence[Held], quotes: Sequence[Quote]) -> list[WireOrder]:
    """Sell what a quote says has reached its level, each position by the quote of its own venue; the orders that were
    sent for it. Nothing is done on a quote alone: the venue is asked again.

    A stop that rests gets `poll_seconds` to do it itself.

    Raises:
        Refused: another process writes orders now.
    """
    newest = {(one.venue, one.symbol): one for one in quotes}
    made: list[WireOrder] = []
    for one in held:
        quote = newest.get((one.venue, one.symbol))
        crossed = None if quote is None else crossed_by(desk, one, quote)
        if crossed is not None:
            made += _acted_on(desk, one, crossed)
    return made


def crossed_by(desk: OrderDesk, held: Held, quote: Quote) -> Role | None:
    """Which level of the position the best bid has reached, STOP before TARGET before PARTIAL; None for none."""
    if quote.bid <= level_of(desk, held):
        return Role.STOP
    if held.target is not None and quote.bid >= held.target:
        return Role.TARGET
    if held.partial is not None and quote.bid >= held.partial:
        return Role.PARTIAL
    return None


def _acted_on(desk: OrderDesk, held: Held, crossed: Role) -> list[WireOrder]:
    try:
        return _stopped(desk, held) if crossed is Role.STOP else _taken(desk, held, crossed)
    except (BadInput, Unavailable) as error:
        _tell(desk, held, crossed, f"{error}; it is tried again with the next quote")
        return []


def _stopped(desk: OrderDesk, held: Held) -> list[WireOrder]:
    if not is_clear(desk, held):
        _tell(desk, held, Role.STOP, "nothing is sold until the venue says what became of an order in it")
        return []
    if not _is_still(desk, held, Role.STOP):
        return []
    if heard_stops(desk, held):
        desk.clock.sleep(desk.poll)
        heard_stops(desk, held)
        if not _is_still(desk, held, Role.STOP):
            return []
    if not release(desk, held):
        _tell(desk, held, Role.STOP, "its stop could not be taken back; look at the venue")
        return []
    made = sell(desk, held, unsold(desk, held), Role.STOP, level_of(desk, held))
    _tell_of_rest(desk, held, made)
    return made


def _taken(desk: OrderDesk, held: Held, crossed: Role) -> list[WireOrder]:
    """All of it at its target, or its part: the stop gives way and comes back for what is left."""
    if not may_sell(desk, held, crossed) or not is_clear(desk, held) or not _is_still(desk, held, crossed):
        return []
    wanted = _ready(desk, held, crossed)
    if not wanted:
        return []
    made: list[WireOrder] = []
    if release(desk, held):
        made = sell(desk, held, wanted, crossed, _target(held, crossed))
    protect(desk, [held])
    return made


def _ready(desk: OrderDesk, held: Held, crossed: Role) -> Decimal:
    """Base units to be sold; zero where a stop would give way for an order that is too small."""
    account = desk.account(held.venue)
    rules = account.rules(held.symbol)
    bound = sum((one.remaining for one in heard_stops(desk, held)), NOTHING)
    whole = sellable(desk, held, rules, bound)
    wanted = whole if crossed is Role.TARGET else min(floored(part_now(desk.log, held), rules.lot), whole)
    return NOTHING if is_dust(capped(wanted, rules), _target(held, crossed), rules) else wanted


def _is_still(desk: OrderDesk, held: Held, crossed: Role) -> bool:
    """Whether the venue, asked now, says the same."""
    return crossed_by(desk, held, desk.account(held.venue).quote(held.symbol)) is crossed


def _target(held: Held, crossed: Role) -> Decimal:
    level = held.target if crossed is Role.TARGET else held.partial
    if level is None:
        raise ValueError(
            f"{held.symbol} has no level of the kind {crossed.value}; only a level that was crossed is sold at"
        )
    return level


def _tell_of_rest(desk: OrderDesk, held: Held, made: Sequence[WireOrder]) -> None:
    account = desk.account(held.venue)
    rules = account.rules(held.symbol)
    left = sellable(desk, held, rules)
    if not is_dust(left, level_of(desk, held), rules):
        said = f"the newest order is {made[-1].state.value} {made[-1].why}" if made else "no order could be made"
        _tell(desk, held, Role.STOP, f"{left} of it are left ({said.strip()}); it is tried again with the next quote")


def _tell(desk: OrderDesk, held: Held, crossed: Role, text: str) -> None:
    key = f"level {crossed.value} {held.venue} {held.symbol} {held.entry_cid}"
    desk.alert(key, "error", f"{held.symbol} of {held.system} at {held.venue} reached its {crossed.value}: {text}")
