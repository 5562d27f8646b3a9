"""How often something happened, and how long it took, in a stretch of the journal: figures that only grow.

A stretch begins behind a row and ends with one, so that who comes again reads only what is new. Numbers of rows are
those that a journal keeps for ever; decisions have none and are counted by the bars of their book, which only move
forward.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, case, func, select
from sqlalchemy.orm import aliased

from data.journal.control_tables import session_events, sessions
from data.journal.dialects import json_items, json_text
from data.journal.order_events import EventKind
from data.journal.order_tables import order_events, wire_orders
from data.journal.reading import reads
from data.journal.session_log import SessionKind
from data.journal.tables import alerts_outbox, decisions, fills, intents, routes, switches

MICROS = 1e6
# What a venue said, and not what was thought about its silence.
ANSWERS = (EventKind.REPORTED.value, EventKind.TRADED.value)


@dataclass(frozen=True, slots=True)
class Ends:
    """The newest row of each kind: of decisions the newest bar (its open, UTC microseconds) by book."""

    bars: dict[str, int]
    fill: int
    cycle: int
    event: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds of `count` things: `within` says how many took no longer than each bound, `total` is their sum."""

    within: tuple[int, ...]
    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Tallies:
    """Of one journal; `engine` is the journal's. Only reads, each time one transaction that keeps nobody waiting.

    `after` is the end of the stretch before, None at the beginning of the journal.
    """

    engine: Engine

    def ends(self) -> Ends:
        """As of now."""
        newest = select(decisions.c.book, func.max(decisions.c.bar)).group_by(decisions.c.book)
        with reads(self.engine) as connection:
            bars = {str(book): int(bar) for book, bar in connection.execute(newest)}
            ids = (fills.c.id, session_events.c.id, order_events.c.id)
            return Ends(bars, *(int(connection.execute(select(func.max(one))).scalar_one() or 0) for one in ids))

    def took_over(self, book: str, after: int | None, until: int) -> dict[str, int]:
        """By symbol, how often a specialist gave way to another or to nobody; the first one takes over from nobody."""
        query = select(switches.c.symbol, func.count()).where(switches.c.before.is_not(None))
        joined = _of_book(query.join(decisions, decisions.c.id == switches.c.decision_id), book, after, until)
        return self._counted(joined.group_by(switches.c.symbol))

    def rerouted(self, book: str, after: int | None, until: int) -> dict[str, int]:
        """By symbol, how often others were to speak for it than before."""
        query = select(routes.c.symbol, func.count()).where(routes.c.switched)
        joined = _of_book(query.join(decisions, decisions.c.id == routes.c.decision_id), book, after, until)
        return self._counted(joined.group_by(routes.c.symbol))

    def routed(self, book: str, after: int | None, until: int) -> dict[str, int]:
        """By the list of those that spoke (JSON), for how many symbols of how many decisions, summed up."""
        query = select(routes.c.models, func.count()).join(decisions, decisions.c.id == routes.c.decision_id)
        return self._counted(_of_book(query, book, after, until).group_by(routes.c.models))

    def route_seconds(self, book: str, after: int | None, until: int, bounds: Sequence[float]) -> Spread:
        """How long the words and the edge of a symbol took."""
        seconds = routes.c.latency_us / MICROS
        query = select(*_spread(seconds, bounds)).join(decisions, decisions.c.id == routes.c.decision_id)
        with reads(self.engine) as connection:
            return _spread_of(connection.execute(_of_book(query, book, after, until)).one(), len(bounds))

    def refused(self, book: str, after: int | None, until: int) -> dict[str, int]:
        """By the name of the reason, how often a decision refused a symbol."""
        listed = json_items(decisions.c.outcome, "refused").table_valued("value")
        reason = json_text(listed.c.value, "reason")
        query = select(reason, func.count()).select_from(decisions).join(listed, listed.c.value.is_not(None))
        return self._counted(_of_book(query, book, after, until).group_by(reason))

    def filled(self, after: int, until: int) -> dict[str, int]:
        """By book, how many fills its decisions have booked."""
        query = select(decisions.c.book, func.count()).select_from(fills)
        query = query.join(intents, intents.c.cid == fills.c.cid).join(
            decisions, decisions.c.id == intents.c.decision_id
        )
        return self._counted(query.where(fills.c.id > after, fills.c.id <= until).group_by(decisions.c.book))

    def cycle_seconds(self, after: int, until: int, bounds: Sequence[float]) -> dict[str, Spread]:
        """By book, from a bar's close to the end of its cycle."""
        query = select(sessions.c.book, *_spread(session_events.c.seconds, bounds))
        query = query.join(session_events, session_events.c.session == sessions.c.id)
        query = query.where(session_events.c.id > after, session_events.c.id <= until)
        query = query.where(session_events.c.kind == SessionKind.DECIDED.value, session_events.c.seconds.is_not(None))
        return self._spreads(query.group_by(sessions.c.book), len(bounds))

    def admitted(self, after: int, until: int) -> dict[tuple[str, str], int]:
        """By venue and role, how many orders were let through to a venue."""
        query = select(wire_orders.c.venue, wire_orders.c.role, func.count()).where(wire_orders.c.admitted)
        query = query.where(wire_orders.c.number > after, wire_orders.c.number <= until)
        with reads(self.engine) as connection:
            rows = connection.execute(query.group_by(wire_orders.c.venue, wire_orders.c.role)).all()
        return {(venue, role): int(count) for venue, role, count in rows}

    def answer_seconds(self, after: int, until: int, bounds: Sequence[float]) -> dict[str, Spread]:
        """By venue, from the moment an order was let through until the venue first said something of it."""
        before = aliased(order_events)
        heard = select(before.c.id).where(
            before.c.cid == order_events.c.cid, before.c.kind.in_(ANSWERS), before.c.id <= after
        )
        first = select(order_events.c.cid, func.min(order_events.c.at).label("at"))
        first = first.where(order_events.c.id > after, order_events.c.id <= until, order_events.c.kind.in_(ANSWERS))
        first = first.where(order_events.c.cid.is_not(None), ~heard.exists())
        answered = first.group_by(order_events.c.cid).subquery()
        seconds = (answered.c.at - wire_orders.c.created_at) / MICROS
        query = select(wire_orders.c.venue, *_spread(seconds, bounds))
        query = query.join(answered, answered.c.cid == wire_orders.c.cid)
        return self._spreads(query.group_by(wire_orders.c.venue), len(bounds))

    def alerts(self) -> dict[str, str]:
        """Severity of every alert in the outbox, by its key; those delivered long ago are gone."""
        with reads(self.engine) as connection:
            return {row.key: row.severity for row in connection.execute(_ALERTS)}

    def _counted(self, query: Select[Any]) -> dict[str, int]:
        with reads(self.engine) as connection:
            return Counter({str(name): int(count) for name, count in connection.execute(query)})

    def _spreads(self, query: Select[Any], bounds: int) -> dict[str, Spread]:
        with reads(self.engine) as connection:
            return {str(row[0]): _spread_of(row[1:], bounds) for row in connection.execute(query)}


_ALERTS = select(alerts_outbox.c.key, alerts_outbox.c.severity)


def _of_book(query: Select[Any], book: str, after: int | None, until: int) -> Select[Any]:
    mine = query.where(decisions.c.book == book, decisions.c.bar <= until)
    return mine if after is None else mine.where(decisions.c.bar > after)


def _spread(seconds: ColumnElement[Any], bounds: Sequence[float]) -> list[ColumnElement[Any]]:
    within = [func.sum(case((seconds <= bound, 1), else_=0)) for bound in bounds]
    return [*within, func.count(), func.sum(seconds)]


def _spread_of(row: Sequence[Any], bounds: int) -> Spread:
    within = tuple(int(one or 0) for one in row[:bounds])
    return Spread(within, int(row[bounds] or 0), float(row[bounds + 1] or 0.0))
