"""Start-up: whatever an earlier process left in doubt is asked for, before anything else is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.journal import Journal, VenueLedger
from models.types.wire import OrderState, Role, WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import SECOND, OrderDesk
from tasks.session.ordering.hearing import fetch_fills, follow, listen, quoted
from tasks.session.ordering.held import is_stop
from tasks.session.ordering.resolving import refresh, resolve

# So long a venue is asked again for an order that it has denied.
LATELY = 24 * 3600 * SECOND
# Orders that a decision's own mandates go on with; all others are over when they were made.
HANDED_OVER = (Role.ENTRY, Role.ADD, Role.EXIT)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What start-up found.

    Attributes:
        ahead: how much our clock is ahead of each venue's, microseconds.
        cleared: orders that were in doubt or not listed as open any more, that had been given up for lost, or that were
            taken back, as they are now.
        doubtful: those of which the venues still do not say what became.
    """

    ahead: dict[str, int]
    cleared: tuple[WireOrder, ...]
    doubtful: tuple[WireOrder, ...]


def recover(desk: OrderDesk, book: str, symbols: Iterable[str]) -> Recovered:
    """Ask every venue for its time, for what became of every order of ours that may stand there, and for the fills that
    the journal lacks; orders of the book that nobody would go on with are taken back. It may be called at any time, and
    a second time changes nothing.

    Raises:
        Unavailable: a venue did not say; what was heard before is written, and nothing is taken for gone.
        Refused: this process is no longer the writer.
    """
    ahead: dict[str, int] = {}
    cleared: list[WireOrder] = []
    wanted = tuple(symbols)
    for venue, account in desk.accounts.items():
        ahead[venue] = desk.clock.now() - account.time()
        cleared += [_cleared(desk, order) for order in listen(desk, venue).missing]
        cleared += _found_again(desk, book, venue)
        cleared += [cancel(desk, order) for order in _forgotten(desk, book, venue)]
        ordered = VenueLedger(desk.log.engine, venue).symbols(book)
        fetch_fills(desk, venue, quoted(desk, venue, dict.fromkeys((*wanted, *ordered))))
    return Recovered(ahead, tuple(cleared), tuple(desk.log.doubtful()))


def _cleared(desk: OrderDesk, order: WireOrder) -> WireOrder:
    return resolve(desk, order) if order.state.is_doubtful else follow(desk, order)


def _found_again(desk: OrderDesk, book: str, venue: str) -> list[WireOrder]:
    """Orders that were lately given up for lost and that the venue has after all; a person hears of each."""
    since = desk.clock.now() - LATELY
    lost = [one for one in desk.log.orders_of_book(book, since) if one.state is OrderState.LOST and one.venue == venue]
    heard = [refresh(desk, one) for one in lost]
    return [one for one in heard if one.state is not OrderState.LOST]


def _forgotten(desk: OrderDesk, book: str, venue: str) -> list[WireOrder]:
    """Orders of the book that stand at the venue, that nobody goes on with, and that are no stops: they would be filled
    one day, at a price of long ago.
    """
    last = Journal(desk.log.engine).last_decision(book)
    wanted = () if last is None else tuple(last.cid(one) for one in last.intents)
    is_stopped = desk.log.standing(desk.clock.now(), book).stop_reason is not None
    mine = [one for one in desk.log.live_orders(venue) if one.book == book and one.state is OrderState.OPEN]
    return [one for one in mine if not is_stop(one) and not _goes_on(one, wanted, is_stopped)]


def _goes_on(order: WireOrder, wanted: tuple[str, ...], is_stopped: bool) -> bool:
    """Whether one of the wanted intents is its parent; at a second venue the parent has the venue at its end."""
    if order.role not in HANDED_OVER or (order.role.opens and is_stopped):
        return False
    return any(order.parent == one or order.parent.startswith(f"{one}-") for one in wanted)
