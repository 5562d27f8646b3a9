"""Which decision booked which fills: each fill once."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, func, select, update

from data.journal.order_events import Event, EventKind, append
from data.journal.order_rows import order_of
from data.journal.order_tables import venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.tables import decisions, intents, orders
from data.journal.trade_rows import trade_of
from models.types import Refused
from models.types.wire import VenueTrade, WireOrder


def settle_trades(connection: Connection, ids: Sequence[int], decision_id: str, token: int) -> None:
    """Note that the decision, which is written already, booked the fills with these ids; whoever opened the transaction
    ends it. `token` is the lease's, 0 without one.

    Raises:
        Refused: one of them is not there, is of no order of ours, or was booked already.
    """
    if not ids:
        return
    for one in ids:
        _settle(connection, one, decision_id)
    at = connection.execute(select(decisions.c.decided_at).where(decisions.c.id == decision_id)).scalar_one()
    detail = {"decision": decision_id, "trades": list(ids)}
    append(connection, Event(EventKind.SETTLED, None, at, token, detail))


def _settle(connection: Connection, number: int, decision_id: str) -> None:
    is_open = venue_trades.c.settled_by.is_(None), venue_trades.c.cid.is_not(None)
    booked = update(venue_trades).where(venue_trades.c.id == number, *is_open).values(settled_by=decision_id)
    if connection.execute(booked).rowcount != 1:
        raise Refused(
            f"the fill number {number} that the decision {decision_id} is to book is not there, is of no order of "
            "ours or was booked already; run the cycle again"
        )


def settled_trades(engine: Engine, decision_id: str) -> list[tuple[VenueTrade, WireOrder]]:
    """The venues' fills that a decision booked, each with its order, in the order in which they were booked."""
    in_order = venue_trades.c.at, venue_trades.c.is_buy.desc(), venue_trades.c.id
    query = select(venue_trades).where(venue_trades.c.settled_by == decision_id).order_by(*in_order)
    behind = select(wire_orders).where(
        wire_orders.c.cid.in_(select(venue_trades.c.cid).where(venue_trades.c.settled_by == decision_id))
    )
    with reads(engine) as connection:
        orders = {row["cid"]: order_of(row) for row in connection.execute(behind).mappings()}
        return [(trade_of(row), orders[row.cid]) for row in connection.execute(query) if row.cid in orders]


def usual_broker(engine: Engine, book: str) -> str | None:
    """Who was given most orders of the book; None where nobody was given any."""
    query = select(orders.c.broker, func.count().label("times")).join(intents, intents.c.cid == orders.c.cid)
    query = query.join(decisions, decisions.c.id == intents.c.decision_id).where(decisions.c.book == book)
    with reads(engine) as connection:
        row = connection.execute(query.group_by(orders.c.broker).order_by(func.count().desc()).limit(1)).one_or_none()
    return None if row is None else str(row.broker)
