"""What the journal says of this moment in figures: who promised to be heard of, what runs, what waits, its size."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select, text

from data.journal.alert_log import overdue_query
from data.journal.control_tables import audit_chain, heartbeats, sessions
from data.journal.dialects import POSTGRESQL
from data.journal.heartbeats import Beat
from data.journal.holding_log import HoldingKind
from data.journal.lease import Holder
from data.journal.order_tables import holdings, wire_orders
from data.journal.reading import reads
from models.types.timeframes import MINUTE

# That an alert may wait although it is due; one that is kept until the quiet hours are over is not due before.
PATIENCE = MINUTE


@dataclass(frozen=True, slots=True)
class Present:
    """Of one journal, at one moment.

    Attributes:
        beats: every sign of life, by name.
        running: book and process of every session that did not say that it ended.
        orders: how many there are, by venue and state.
        unexplained: assets that others brought or took and nobody has looked at, by venue.
        undelivered: alerts of which somebody should have been told PATIENCE ago, and was not.
        bytes: of the database, without its log.
        audit_rows: of the audit chain.
    """

    beats: tuple[Beat, ...]
    running: tuple[tuple[str, Holder], ...]
    orders: dict[tuple[str, str], int]
    unexplained: dict[str, int]
    undelivered: int
    bytes: int
    audit_rows: int


def present(engine: Engine, now: int) -> Present:
    """As of `now` (UTC microseconds), in one transaction that keeps nobody waiting."""
    with reads(engine) as connection:
        return Present(
            beats=_beats(connection),
            running=_running(connection),
            orders=_orders(connection),
            unexplained=_unexplained(connection),
            undelivered=_number(connection, overdue_query(now - PATIENCE)),
            bytes=bytes_of(connection),
            audit_rows=_number(connection, select(func.max(audit_chain.c.id))),
        )


def _beats(connection: Connection) -> tuple[Beat, ...]:
    rows = connection.execute(select(heartbeats).order_by(heartbeats.c.name))
    return tuple(
        Beat(row.name, Holder(row.host, row.boot, row.pid, row.started), row.at, row.due_at, row.detail) for row in rows
    )


def _running(connection: Connection) -> tuple[tuple[str, Holder], ...]:
    rows = connection.execute(select(sessions).where(sessions.c.ended_at.is_(None)).order_by(sessions.c.id))
    return tuple((row.book, Holder(row.host, row.boot, row.pid, row.started)) for row in rows)


def _orders(connection: Connection) -> dict[tuple[str, str], int]:
    counted = select(wire_orders.c.venue, wire_orders.c.state, func.count())
    rows = connection.execute(counted.group_by(wire_orders.c.state, wire_orders.c.venue))
    return {(venue, state): int(count) for venue, state, count in rows}


def _unexplained(connection: Connection) -> dict[str, int]:
    mine = holdings.c.kind == HoldingKind.EXTERNAL.value, holdings.c.cleared_at.is_(None)
    rows = connection.execute(
        select(holdings.c.venue, func.count(holdings.c.asset.distinct())).where(*mine).group_by(holdings.c.venue)
    )
    return {venue: int(count) for venue, count in rows}


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one() or 0)


def bytes_of(connection: Connection) -> int:
    """Of the database, without its log."""
    if connection.dialect.name == POSTGRESQL:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return _pragma(connection, "page_size") * _pragma(connection, "page_count")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.execute(text(f"PRAGMA {name}")).scalar_one())
