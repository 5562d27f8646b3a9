"""The journal's pages on orders as venues know them: durable before the wire, and forward only afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, func, select

from data.journal.lease import Lease, require_in_force
from data.journal.order_admission import Judge, Standing, read_standing, write_admission
from data.journal.order_audit import verify_orders
from data.journal.order_merging import merge_report, merge_trades, read_released, write_mark, write_release
from data.journal.order_rows import order_of, read_order
from data.journal.order_tables import order_events, venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.settling import settle_trades
from data.journal.trade_rows import read_trades, trade_of
from models.types.wire import OrderState, Report, VenueTrade, WireOrder

Row = tuple["Behind", tuple[VenueTrade, ...]]
Behind = tuple[tuple[WireOrder, tuple[VenueTrade, ...]], ...]

LIVE = [one.value for one in OrderState if not one.is_over]
DOUBTFUL = [one.value for one in OrderState if one.is_doubtful]

# Made once: whatever is held asks for them again and again.
OF_ROW = (
    wire_orders.c.book == bindparam("book"),
    wire_orders.c.system == bindparam("system"),
    wire_orders.c.symbol == bindparam("symbol"),
)
FIRST = select(func.min(wire_orders.c.created_at)).where(wire_orders.c.parent == bindparam("parent")).scalar_subquery()
SINCE = wire_orders.c.created_at >= func.coalesce(FIRST, 0)
ORDERS_BEHIND = select(wire_orders).where(*OF_ROW, SINCE).order_by(wire_orders.c.number)
FILLS_BEHIND = (
    select(venue_trades)
    .join(wire_orders, wire_orders.c.cid == venue_trades.c.cid)
    .where(*OF_ROW, SINCE | venue_trades.c.settled_by.is_(None))
    .order_by(venue_trades.c.at, venue_trades.c.id)
)
NEWEST_EVENT = select(func.coalesce(func.max(order_events.c.id), 0))
LIVE_ORDERS = select(wire_orders).where(wire_orders.c.state.in_(LIVE)).order_by(wire_orders.c.number)
LIVE_AT = LIVE_ORDERS.where(wire_orders.c.venue == bindparam("venue"))


@dataclass(frozen=True, slots=True)
class OrderLog:
    """Orders in one journal; `engine` is the journal's. Every write is one transaction, durable once it is made.

    A write under a `fence` that is no longer in force raises Refused and leaves everything as it was; without one
    there is only reading, and a write is a ValueError. Times are UTC microseconds; lists are in the order in which
    the orders were written.
    """

    engine: Engine
    fence: Lease | None = None
    _read: dict[tuple[str, ...], tuple[int, Row]] = field(default_factory=dict, compare=False, repr=False)

    def admit(self, order: WireOrder, judge: Judge, at: int) -> str | None:
        """Write a new order as SENT at `at` (its `created_at`), if the judge of how things stand has no reason against
        it; that reason otherwise: the order is then written as REJECTED for it. Nobody writes between judging and
        writing, so that the judge must not write to the journal itself.

        Raises:
            Refused: there is an order with its client order id already.
            ValueError: its state is not SENT, its client order id is empty or longer than 36 letters, or the judge has
                let figures through that are not positive and finite. Nothing is written.
        """
        with self._writes() as (connection, token):
            return write_admission(connection, order, judge, at, token)

    def absorb(self, report: Report, at: int) -> WireOrder | None:
        """The order after a report of it, by models.types.transitions; None when it is none of ours.

        Raises:
            BadInput: the report cannot be of that order, or has figures that no venue can mean.
        """
        with self._writes() as (connection, token):
            return merge_report(connection, report, at, token)

    def add_trades(self, trades: Sequence[VenueTrade], at: int) -> int:
        """Write fills that are not there yet, also of orders that are none of ours, and let the orders of ours grow to
        the sum of theirs; how many were new, or are known to be ours only now.

        Raises:
            BadInput: a fill has figures that no venue can mean.
        """
        with self._writes() as (connection, token):
            return merge_trades(connection, trades, at, token)

    def mark(self, cid: str, state: OrderState, why: str, at: int) -> WireOrder:
        """Write that an order is UNKNOWN, LOST or REJECTED, unless more is known of it already; the order as it is.

        Raises:
            BadInput: there is no such order.
            ValueError: another state.
        """
        with self._writes() as (connection, token):
            return write_mark(connection, cid, state, why, at, token)

    def note_release(self, cid: str, why: str, at: int) -> None:
        """Write, once, that we take an order back ourselves, whatever is said of it later; it is not over by that.

        Raises:
            BadInput: there is no such order.
        """
        with self._writes() as (connection, token):
            write_release(connection, cid, why, at, token)

    def released(self, parent: str) -> frozenset[str]:
        """Client order ids of the parent's orders that we took back ourselves, or began to."""
        with reads(self.engine) as connection:
            return read_released(connection, parent)

    def settle(self, connection: Connection, trade_ids: Iterable[int], decision_id: str) -> None:
        """Note, within the transaction that writes the decision, that it booked the fills with these ids.

        Raises:
            Refused: one of them is not there or was booked already, or the fence is no longer in force.
        """
        settle_trades(connection, tuple(trade_ids), decision_id, self._fenced(connection))

    def order(self, cid: str) -> WireOrder | None:
        """The order with that client order id."""
        with reads(self.engine) as connection:
            return read_order(connection, cid)

    def children(self, parent: str) -> list[WireOrder]:
        """Every order that was ever written for the parent."""
        return self._orders(wire_orders.c.parent == parent)

    def standing(self, at: int, book: str = "") -> Standing:
        """How things stand at `at` for orders of a book: whether they are stopped, and how much was ordered lately."""
        with reads(self.engine) as connection:
            return read_standing(connection, at, book)

    def live_orders(self, venue: str | None = None) -> list[WireOrder]:
        """Orders that are not over, of one venue or of all."""
        query = LIVE_ORDERS if venue is None else LIVE_AT
        with reads(self.engine) as connection:
            return [order_of(row) for row in connection.execute(query, {"venue": venue}).mappings()]

    def doubtful(self, book: str | None = None) -> list[WireOrder]:
        """Orders of which it is not known whether the venue has them, of one book or of all."""
        mine = [] if book is None else [wire_orders.c.book == book]
        return self._orders(wire_orders.c.state.in_(DOUBTFUL), *mine)

    def lacking(self, book: str) -> list[WireOrder]:
        """The book's orders of which more is filled than the known fills say: at what prices is not known."""
        return self._orders(wire_orders.c.lacks.is_(True), wire_orders.c.book == book)

    def orders_of_book(self, book: str, since: int | None = None) -> list[WireOrder]:
        """The book's orders that were admitted or refused at or after `since`; all of them without it."""
        lately = [] if since is None else [wire_orders.c.created_at >= since]
        return self._orders(wire_orders.c.book == book, *lately)

    def trades_of(self, cid: str) -> list[VenueTrade]:
        """The known fills of an order, in the order they happened."""
        with reads(self.engine) as connection:
            return read_trades(connection, cid)

    def behind(self, book: str, system: str, symbol: str, parent: str) -> Row:
        """(the system's orders in a symbol since the first of the parent's, each with its known fills in the order they
        happened; fills of any of its orders there that no decision has booked), all as of one moment.
        """
        key = book, system, symbol, parent
        with reads(self.engine) as connection:
            # Nothing of orders or fills changes without an event.
            newest = connection.execute(NEWEST_EVENT).scalar_one()
            number, row = self._read.get(key, (None, None))
            if row is None or number != newest:
                row = _row_behind(connection, dict(zip(("book", "system", "symbol", "parent"), key, strict=True)))
                self._read[key] = newest, row
        return row

    def unsettled(self, book: str) -> list[tuple[int, VenueTrade, WireOrder]]:
        """Fills of the book's orders that no decision has booked, with their ids, in the order they happened."""
        is_open = venue_trades.c.settled_by.is_(None), venue_trades.c.cid.is_not(None)
        behind = select(wire_orders).where(wire_orders.c.cid.in_(select(venue_trades.c.cid).where(*is_open)))
        mine = behind.where(wire_orders.c.book == book)
        # Of one moment what was bought goes first: nobody sells what is not there, whichever was heard first.
        in_order = venue_trades.c.at, venue_trades.c.is_buy.desc(), venue_trades.c.id
        every = select(venue_trades).where(*is_open).order_by(*in_order)
        with reads(self.engine) as connection:
            orders = {row["cid"]: order_of(row) for row in connection.execute(mine).mappings()}
            rows = connection.execute(every).all()
        return [(row.id, trade_of(row), orders[row.cid]) for row in rows if row.cid in orders]

    def newest_trade(self, venue: str, symbol: str) -> int | None:
        """When the newest fill happened. An older one may be missing still: ask the venue from a while before it."""
        mine = venue_trades.c.venue == venue, venue_trades.c.symbol == symbol
        with reads(self.engine) as connection:
            newest: int | None = connection.execute(select(func.max(venue_trades.c.at)).where(*mine)).scalar_one()
        return newest

    def verify_chain(self) -> None:
        """Nothing, when every event follows from the one before it and orders and fills are what the events say.

        Raises:
            Damaged: names the first row that does not fit.
        """
        with reads(self.engine) as connection:
            verify_orders(connection)

    def _orders(self, *wanted: ColumnElement[bool]) -> list[WireOrder]:
        query: Any = select(wire_orders).where(*wanted).order_by(wire_orders.c.number)
        with reads(self.engine) as connection:
            return [order_of(row) for row in connection.execute(query).mappings()]

    @contextmanager
    def _writes(self) -> Iterator[tuple[Connection, int]]:
        """A transaction under the fence, and the fence's token."""
        with self.engine.begin() as connection:
            yield connection, self._fenced(connection)

    def _fenced(self, connection: Connection) -> int:
        if self.fence is None:
            raise ValueError("orders can only be written under a lease; this log was opened for reading")
        require_in_force(connection, self.fence)
        return self.fence.token


def _row_behind(connection: Connection, wanted: dict[str, str]) -> Row:
    """See `OrderLog.behind`."""
    known: dict[str, list[VenueTrade]] = {}
    unsettled: list[VenueTrade] = []
    for row in connection.execute(FILLS_BEHIND, wanted):
        known.setdefault(row.cid, []).append(trade_of(row))
        unsettled += [] if row.settled_by is not None else [known[row.cid][-1]]
    orders = [order_of(row) for row in connection.execute(ORDERS_BEHIND, wanted).mappings()]
    return tuple((one, tuple(known.get(one.cid, ()))) for one in orders), tuple(unsettled)
