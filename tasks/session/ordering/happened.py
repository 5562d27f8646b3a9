"""What became of a book's orders since its last decision, by the journal: read before the next one is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.journal import Decision, Journal, OrderLog
from models.engine import GivenFill
from models.types import IntArray, Leg
from models.types.reasons import BUYING
from models.types.wire import WireOrder
from tasks.session.ordering.booking import Row, Trade, given_fills


@dataclass(frozen=True, slots=True)
class Happened:
    """What the fold is given.

    Attributes:
        fills: of all rows, and the ends of orders that nothing came of.
        trades: numbers of the journal's trades that are in them.
        frozen: symbols with an order of which nobody knows what became.
        simulates: whether the bars fill what waits.
    """

    fills: tuple[GivenFill, ...] = ()
    trades: tuple[int, ...] = ()
    frozen: frozenset[str] = frozenset()
    simulates: bool = True


def happened(
    journal: Journal, log: OrderLog, rows: Sequence[Row], last: Decision | None, ts: IntArray, simulates: bool
) -> Happened:
    """Since the decision `last`, in the bars that opened at `ts` (UTC microseconds).

    While it is not known what became of an order that opens, or at what prices an order was filled, nothing of its row
    is booked: the book counts an entry as filled whole, which is the worst that it can be.
    """
    if last is None:
        return Happened(simulates=simulates)
    pending = [one for one in _pending(log, last.book, simulates) if one.book == last.book]
    frozen = frozenset(one.symbol for one in pending)
    waits = {(one.system, one.symbol) for one in pending if one.role.opens or one.state.is_over}
    found: list[tuple[int, Trade]] = [
        (number, (trade, order))
        for number, trade, order in log.unsettled(last.book)
        if (order.system, order.symbol) not in waits
    ]
    fills: list[GivenFill] = []
    for row in rows:
        mine = [trade for _, trade in found if (trade[1].system, trade[1].symbol) == (row.system, row.symbol)]
        done = given_fills(row, mine, ts)
        waits_on = (row.system, row.symbol) in waits or any(one.leg in (Leg.ENTRY, Leg.ADD) for one in done)
        if not waits_on and _came_to_nothing(journal, log, row, last):
            fills.append(GivenFill(0, row.number, Leg.EXPIRED, 0.0, 0.0, 0.0, 0.0))
        fills += done
    return Happened(tuple(fills), tuple(number for number, _ in found), frozen, simulates)


def _pending(log: OrderLog, book: str, simulates: bool) -> list[WireOrder]:
    """Orders of which it is not known what became: doubtful ones, entries that are not over, fills without prices."""
    if simulates:
        return log.doubtful(book)
    live = [one for one in log.live_orders() if one.state.is_doubtful or one.role.opens]
    return live + log.lacking(book)


def _came_to_nothing(journal: Journal, log: OrderLog, row: Row, last: Decision) -> bool:
    """Whether an order that would have opened or added waits in the book, and is over at the venue, or never got so far
    as to be sent: whoever asks has seen to it that it was tried again.
    """
    if row.ordered == 0.0 or row.ordered * row.held < 0.0:
        return False
    order = journal.newest_order(last.book, row.system, row.symbol, BUYING)
    if order is None or order.status != "open":
        return False
    return all(one.state.is_over and not one.filled for one in log.children(order.cid))
