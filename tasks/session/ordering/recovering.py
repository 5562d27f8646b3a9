"""Start-up: whatever an earlier process left in doubt is asked for, before anything else is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.journal import VenueLedger
from models.types.wire import WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.hearing import fetch_fills, follow, listen, quoted
from tasks.session.ordering.resolving import resolve


@dataclass(frozen=True, slots=True)
class Recovered:
    """What start-up found.

    Attributes:
        ahead: how much our clock is ahead of each venue's, microseconds.
        cleared: orders that were in doubt, or not listed as open any more, as they are now.
        doubtful: those of which the venues still do not say what became.
    """

    ahead: dict[str, int]
    cleared: tuple[WireOrder, ...]
    doubtful: tuple[WireOrder, ...]


def recover(desk: OrderDesk, book: str, symbols: Iterable[str]) -> Recovered:
    """Ask every venue for its time, for what became of every order of ours that may stand there, and for the fills that
    the journal lacks. It may be called at any time, and a second time changes nothing.

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
        ordered = VenueLedger(desk.log.engine, venue).symbols(book)
        fetch_fills(desk, venue, quoted(desk, venue, dict.fromkeys((*wanted, *ordered))))
    return Recovered(ahead, tuple(cleared), tuple(desk.log.doubtful()))


def _cleared(desk: OrderDesk, order: WireOrder) -> WireOrder:
    return resolve(desk, order) if order.state.is_doubtful else follow(desk, order)
