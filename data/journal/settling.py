"""Which decision booked which fills: each fill once."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from data.journal.order_events import Event, EventKind, append
from data.journal.order_tables import venue_trades
from data.journal.tables import decisions
from models.types import Refused


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
