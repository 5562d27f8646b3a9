"""What is heard of orders, written within a transaction that somebody else begins and ends."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

from data.journal.order_events import Event, EventKind, append, fills, moved
from data.journal.order_rows import MOVING, order_behind, order_row, read_order
from data.journal.order_tables import order_events, wire_orders
from data.journal.trade_rows import claim_trades, read_trades, write_trades
from models.types import BadInput
from models.types.transitions import Traded, advanced, grown, marked, traded
from models.types.wire import OrderState, Report, VenueTrade, WireOrder


def merge_report(connection: Connection, report: Report, at: int, token: int) -> WireOrder | None:
    """See `OrderLog.absorb`."""
    order = order_behind(connection, report.venue, report.symbol, report.cid, report.exchange_id)
    if order is None:
        return None
    heard = advanced(order, report)
    trades = write_trades(connection, [replace(one, cid=order.cid) for one in report.trades], at)
    if heard.exchange_id != order.exchange_id:
        trades += claim_trades(connection, heard)
    known = traded(read_trades(connection, order.cid))
    after = grown(heard, known)
    if after != order or trades:
        _write(connection, EventKind.REPORTED, after, at, token, trades)
        _note_lack(connection, after, known)
    return after


def merge_trades(connection: Connection, trades: Sequence[VenueTrade], at: int, token: int) -> int:
    """See `OrderLog.add_trades`."""
    changed = write_trades(connection, trades, at)
    for cid in dict.fromkeys(one.cid for one in changed):
        mine = [one for one in changed if one.cid == cid]
        order = None if cid is None else read_order(connection, cid)
        if order is None:
            append(connection, Event(EventKind.TRADED, None, at, token, fills(mine)))
        else:
            known = traded(read_trades(connection, order.cid))
            after = grown(order, known)
            _write(connection, EventKind.TRADED, after, at, token, mine)
            _note_lack(connection, after, known)
    return len(changed)


def write_mark(connection: Connection, cid: str, state: OrderState, why: str, at: int, token: int) -> WireOrder:
    """See `OrderLog.mark`."""
    order = read_order(connection, cid)
    if order is None:
        raise BadInput(f"the journal has no order {cid} that could be marked {state.value}; admit it first")
    after = marked(order, state, why)
    if after != order:
        _write(connection, EventKind.MARKED, after, at, token, [])
    return after


def write_release(connection: Connection, cid: str, why: str, at: int, token: int) -> None:
    """See `OrderLog.note_release`."""
    order = read_order(connection, cid)
    if order is None:
        raise BadInput(f"the journal has no order {cid} that could be taken back; admit it first")
    if cid not in read_released(connection, order.parent):
        _write(connection, EventKind.RELEASED, replace(order, why=why), at, token, [])


def read_released(connection: Connection, parent: str) -> frozenset[str]:
    """See `OrderLog.released`."""
    mine = order_events.c.kind == EventKind.RELEASED.value, wire_orders.c.parent == parent
    query = select(order_events.c.cid).join(wire_orders, wire_orders.c.cid == order_events.c.cid).where(*mine)
    return frozenset(connection.execute(query).scalars())


def _note_lack(connection: Connection, order: WireOrder, known: Traded) -> None:
    mine = update(wire_orders).where(wire_orders.c.cid == order.cid)
    connection.execute(mine, {"lacks": order.filled > known.quantity})


def _write(
    connection: Connection, kind: EventKind, order: WireOrder, at: int, token: int, trades: list[VenueTrade]
) -> None:
    row = order_row(order)
    values = {name: row[name] for name in MOVING} | {"updated_at": at}
    connection.execute(update(wire_orders).where(wire_orders.c.cid == order.cid), values)
    append(connection, Event(kind, order, at, token, moved(order, trades)))
