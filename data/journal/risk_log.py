"""The journal's pages on stops: what came from outside and waits, and what was done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from data.journal.risk_records import LADDER, OUTSIDE, RiskEvent, RiskKind
from data.journal.tables import control, risk_events
from models.types import Breaker, LadderEvent, Level

STOP = "stop"
# Who writes what the step found.
STEP = "keel"


@dataclass(frozen=True, slots=True)
class RiskLog:
    """Stops in one journal; `engine` is the journal's. Every write is one transaction."""

    engine: Engine

    def record_event(self, event: RiskEvent) -> None:
        """Append an event from outside: the book's next decision consumes it."""
        with self.engine.begin() as connection:
            connection.execute(insert(risk_events), _row(event))

    def force(self, event: RiskEvent) -> bool:
        """Append a forced level, unless one as high already waits; whether it was appended."""
        with self.engine.begin() as connection:
            if forced_level(_waiting(connection, event.book)) >= event.level:
                return False
            connection.execute(insert(risk_events), _row(event))
        return True

    def release(self, event: RiskEvent) -> None:
        """Append a person's release and clear the stop flag, in one act."""
        with self.engine.begin() as connection:
            connection.execute(insert(risk_events), _row(event))
            connection.execute(control.delete().where(control.c.flag == STOP))

    def waiting_events(self, book: str) -> list[RiskEvent]:
        """What no decision of the book has consumed yet, the oldest first."""
        with self.engine.begin() as connection:
            return _waiting(connection, book)

    def consumed_events(self, book: str) -> dict[int, list[RiskEvent]]:
        """What the book's decisions have consumed, by the bar of the decision, the oldest first."""
        query = _outside(book).where(risk_events.c.bar.is_not(None))
        found: dict[int, list[RiskEvent]] = {}
        with self.engine.begin() as connection:
            for row in connection.execute(query):
                found.setdefault(row.bar, []).append(_event(row))
        return found

    def ladder_events(self, book: str) -> list[LadderEvent]:
        """What the book's own stops did, the oldest first."""
        query = select(risk_events).where(risk_events.c.book == book, risk_events.c.kind.in_(LADDER))
        with self.engine.begin() as connection:
            return [ladder_event_of(row) for row in connection.execute(query.order_by(risk_events.c.id))]


def forced_level(events: Sequence[RiskEvent]) -> Level:
    """The highest level that is forced by the events (the oldest first) since the last release among them."""
    level = Level.NONE
    for event in events:
        if event.kind is RiskKind.RELEASE:
            level = Level.NONE
        elif event.kind is RiskKind.FORCED:
            level = max(level, event.level)
    return level


def ladder_row(book: str, bar: int, event: LadderEvent) -> dict[str, Any]:
    """Row of `risk_events` for what a book's decision for `bar` found its stops do; `at` is the event's own bar."""
    return {
        "book": book,
        "at": event.bar,
        "kind": (RiskKind.TRIP if event.tripped else RiskKind.RELEASED).value,
        "system": event.system,
        "level": event.level.name,
        "breaker": event.breaker.name,
        "value": repr(event.value),
        "limit": repr(event.limit),
        "amount": repr(0.0),
        "who": STEP,
        "why": event.breaker.text,
        "bar": bar,
    }


def ladder_event_of(row: Row[Any]) -> LadderEvent:
    """What the step found, of a row that `ladder_row` made."""
    return LadderEvent(
        bar=row.at,
        system=row.system,
        tripped=row.kind == RiskKind.TRIP,
        level=Level[row.level],
        breaker=Breaker[row.breaker],
        value=float(row.value),
        limit=float(row.limit),
    )


def _waiting(connection: Connection, book: str) -> list[RiskEvent]:
    return [_event(row) for row in connection.execute(_outside(book).where(risk_events.c.bar.is_(None)))]


def _outside(book: str) -> Any:
    mine = risk_events.c.book == book, risk_events.c.kind.in_(OUTSIDE)
    return select(risk_events).where(*mine).order_by(risk_events.c.id)


def _row(event: RiskEvent) -> dict[str, Any]:
    return {
        "book": event.book,
        "at": event.at,
        "kind": event.kind.value,
        "system": "",
        "level": event.level.name,
        "breaker": event.breaker.name,
        "value": repr(event.value),
        "limit": repr(event.limit),
        "amount": repr(event.amount),
        "who": event.who,
        "why": event.why,
        "bar": None,
    }


def _event(row: Row[Any]) -> RiskEvent:
    return RiskEvent(
        book=row.book,
        at=row.at,
        kind=RiskKind(row.kind),
        who=row.who,
        why=row.why,
        level=Level[row.level],
        breaker=Breaker[row.breaker],
        value=float(row.value),
        limit=float(row.limit),
        amount=float(row.amount),
        id=row.id,
        bar=row.bar,
    )
