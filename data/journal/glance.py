"""What somebody who only looks asks the journal for: newest rows, counts, and whether anything has changed."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Engine, Select, func, select

from data.journal.control_tables import audit_chain, session_events, sessions
from data.journal.dialects import JsonText, json_text
from data.journal.order_rows import order_of
from data.journal.order_tables import holdings, order_events, wire_orders
from data.journal.reading import reads
from data.journal.records import BookedFill
from data.journal.rows import booked_fill_of
from data.journal.stop_flag import read_stop
from data.journal.tables import alerts_outbox, control, decisions, feed_events, fills, intents, orders, risk_events
from models.types.wire import WireOrder

# Signs of life and answers of feeds are left out: they change every second and decide nothing.
NEWEST: tuple[Select[Any], ...] = (
    select(func.max(fills.c.id)),
    select(func.max(order_events.c.id)),
    select(func.max(risk_events.c.id), func.count(risk_events.c.bar)),
    select(func.max(audit_chain.c.id)),
    select(func.max(session_events.c.id)),
    select(func.max(sessions.c.id), func.count(sessions.c.ended_at)),
    select(func.max(feed_events.c.id)),
    select(func.max(holdings.c.id), func.count(holdings.c.cleared_at)),
    select(
        func.count(),
        func.max(alerts_outbox.c.raised_at),
        func.count(alerts_outbox.c.delivered_at),
        func.count(alerts_outbox.c.acknowledged_at),
    ),
    select(control.c.flag, control.c.level, control.c.set_at).order_by(control.c.flag),
)


@dataclass(frozen=True, slots=True)
class Glance:
    """Into one journal; `engine` is the journal's."""

    engine: Engine

    def revision(self, book: str) -> str:
        """Changes whenever something was decided, ordered, filled, stopped, told or done; the stop file included."""
        newest = select(func.max(decisions.c.bar)).where(decisions.c.book == book)
        with reads(self.engine) as connection:
            found = [[tuple(row) for row in connection.execute(query)] for query in (newest, *NEWEST)]
            said = repr((book, found, read_stop(connection)))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def bar_behind(self, book: str, count: int) -> int | None:
        """Open of the bar of the book's decision before its newest `count` ones, None where there are no more."""
        query = select(decisions.c.bar).where(decisions.c.book == book).order_by(decisions.c.bar.desc())
        with reads(self.engine) as connection:
            return connection.execute(query.offset(count).limit(1)).scalar_one_or_none()

    def began_with(self, book: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """(accounts, positions) of the book before its first decision, None where it has decided nothing."""
        query = select(*_worth(decisions.c.state_before)).where(decisions.c.book == book)
        with reads(self.engine) as connection:
            row = connection.execute(query.order_by(decisions.c.bar).limit(1)).one_or_none()
        return None if row is None else (json.loads(row[0]), json.loads(row[1]))

    def worth_after(self, book: str, bar: int, most: int) -> list[tuple[int, int, dict[str, Any], dict[str, Any]]]:
        """(bar, decided at, accounts, positions) after each of the first `most` decisions later than `bar`. Nothing
        else of them is read: for years of minutes that would be gigabytes.
        """
        query = select(decisions.c.bar, decisions.c.decided_at, *_worth(decisions.c.state_after))
        query = query.where(decisions.c.book == book, decisions.c.bar > bar).order_by(decisions.c.bar).limit(most)
        with reads(self.engine) as connection:
            return [(row[0], row[1], json.loads(row[2]), json.loads(row[3])) for row in connection.execute(query)]

    def fills_after(self, book: str, number: int, most: int) -> list[tuple[int, BookedFill]]:
        """The first `most` fills of the book with a greater number, each with its number, in their order."""
        query = select(fills).join(intents, intents.c.cid == fills.c.cid)
        query = query.join(decisions, decisions.c.id == intents.c.decision_id)
        query = query.where(decisions.c.book == book, fills.c.id > number).order_by(fills.c.id).limit(most)
        with reads(self.engine) as connection:
            return [(row.id, booked_fill_of(row)) for row in connection.execute(query)]

    def newest_orders(self, book: str, limit: int, states: Collection[str] = ()) -> list[WireOrder]:
        """The newest orders of the book at venues, the newest first; of these states, or of all."""
        query = select(wire_orders).where(wire_orders.c.book == book)
        if states:
            query = query.where(wire_orders.c.state.in_(states))
        with reads(self.engine) as connection:
            rows = connection.execute(query.order_by(wire_orders.c.number.desc()).limit(limit)).mappings()
            return [order_of(row) for row in rows]

    def touched_at(self, cids: Collection[str]) -> dict[str, int]:
        """When each of the orders was heard of last, UTC microseconds."""
        query = select(wire_orders.c.cid, wire_orders.c.updated_at).where(wire_orders.c.cid.in_(cids))
        with reads(self.engine) as connection:
            return {row.cid: row.updated_at for row in connection.execute(query)}

    def order_states(self, book: str) -> dict[str, int]:
        """How many of the book's orders at venues are in each state."""
        query = select(wire_orders.c.state, func.count().label("n")).where(wire_orders.c.book == book)
        with reads(self.engine) as connection:
            return {row.state: row.n for row in connection.execute(query.group_by(wire_orders.c.state))}

    def statuses(self, cids: Collection[str]) -> Mapping[str, str]:
        """Of the decisions' own orders, those that a broker was given: open, filled or expired."""
        with reads(self.engine) as connection:
            rows = connection.execute(select(orders.c.cid, orders.c.status).where(orders.c.cid.in_(cids)))
            return {row.cid: row.status for row in rows}


def _worth(state: Column[Any]) -> tuple[JsonText, JsonText]:
    return json_text(state, "accounts"), json_text(state, "positions")
