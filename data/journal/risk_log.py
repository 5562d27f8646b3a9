"""The journal's pages on stops: what came from outside and waits, and what was done with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select

from data.files import writing
from data.journal.audit_log import AuditKind, Entry, write_entry
from data.journal.breaker_flags import keep_breaker_flag, read_breaker_flag
from data.journal.dialects import insert_new
from data.journal.reading import reads
from data.journal.risk_records import LADDER, OUTSIDE, Alert, RiskEvent, RiskKind
from data.journal.stop_flag import STOP, StopFlag, read_stop, read_stop_file, stop_file
from data.journal.tables import alerts_outbox, control, decisions, risk_events
from models.types import Breaker, LadderEvent, Level, Refused

# Who writes what the step found.
STEP = "keel"
# Characters of an alert's text that are kept.
LONGEST_ALERT = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person was shown before a release: the stop flag and the book's own, None where there was none."""

    stop: StopFlag | None
    own: StopFlag | None


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
            _keep_flag(connection, event)
        return True

    def hold(self, event: RiskEvent) -> bool:
        """Append a forced level, unless one as high waits or holds by the book's newest decision; whether it was
        appended.
        """
        with self.engine.begin() as connection:
            if _level(connection, event.book) >= event.level:
                return False
            connection.execute(insert(risk_events), _row(event))
            _keep_flag(connection, event)
        return True

    def cut(self, forced: RiskEvent, cuts: Sequence[RiskEvent], as_of: int, alert: Alert) -> tuple[RiskEvent, ...]:
        """Append a forced level and cuts as far as they are not there yet, and the alert, all or nothing; the events
        that were appended, the oldest first.

        The level is there where one as high waits or holds; a cut is where one as large of its symbol is under way: it
        waits, or a decision for the bar `as_of`, on whose positions the cuts were found, or a later one consumed it.
        """
        with self.engine.begin() as connection:
            missing = [] if _level(connection, forced.book) >= forced.level else [forced]
            parts = _parts_under_way(connection, forced.book, as_of)
            missing += [one for one in cuts if one.value > parts.get(one.symbol, 0.0)]
            if missing:
                connection.execute(insert(risk_events), [_row(one) for one in missing])
                _keep_flag(connection, forced)
            write_alert(connection, alert)
        return tuple(missing)

    def release(self, event: RiskEvent, expected: Shown | None = None) -> None:
        """Append a person's release and clear the stop flag and the book's own, in one act; the file beside the journal
        goes last. `expected`: the only stops that may go, None for whatever stands.

        Raises:
            Refused: another or a higher stop stands; before the act nothing was written, after it that one is left.
        """
        path = stop_file(self.engine)
        with self.engine.begin() as connection:
            if expected is not None:
                _require_shown(read_stop(connection), expected.stop)
                _require_shown(read_breaker_flag(connection, event.book), expected.own)
            beside = None if path is None else read_stop_file(path)
            connection.execute(insert(risk_events), _row(event))
            connection.execute(control.delete().where(control.c.flag == STOP))
            _keep_flag(connection, event)
            write_entry(connection, Entry(AuditKind.RESUMED, event.book, event.who, event.why, {}, event.at))
        if path is not None:
            _require_shown(read_stop_file(path), beside)
            with writing(path):
                path.unlink(missing_ok=True)

    def shown(self, book: str) -> Shown:
        """The stop flag and the book's own as they stand now, for `release`."""
        with reads(self.engine) as connection:
            return Shown(read_stop(connection), read_breaker_flag(connection, book))

    def breaker_flag(self, book: str) -> StopFlag | None:
        """What the book's own breakers stop, None where they withdraw and sell nothing."""
        with reads(self.engine) as connection:
            return read_breaker_flag(connection, book)

    def waiting_events(self, book: str) -> list[RiskEvent]:
        """What no decision of the book has consumed yet, the oldest first."""
        with reads(self.engine) as connection:
            return _waiting(connection, book)

    def consumed_events(self, book: str) -> dict[int, list[RiskEvent]]:
        """What the book's decisions have consumed, by the bar of the decision, the oldest first."""
        query = _outside(book).where(risk_events.c.bar.is_not(None))
        found: dict[int, list[RiskEvent]] = {}
        with reads(self.engine) as connection:
            for row in connection.execute(query):
                found.setdefault(row.bar, []).append(_event(row))
        return found

    def ladder_events(self, book: str) -> list[LadderEvent]:
        """What the book's own stops did, the oldest first."""
        query = select(risk_events).where(risk_events.c.book == book, risk_events.c.kind.in_(LADDER))
        with reads(self.engine) as connection:
            return [ladder_event_of(row) for row in connection.execute(query.order_by(risk_events.c.id))]


def _require_shown(stands: StopFlag | None, shown: StopFlag | None) -> None:
    if stands is not None and stands != shown:
        said = f"{stands.reason} ({stands.level.name.lower()}, {stands.who})"
        raise Refused(f"found another stop than the one that was looked at: {said}; it stays, say keel resume again")


def forced_level(events: Sequence[RiskEvent]) -> Level:
    """The highest level that is forced by the events (the oldest first) since the last release among them."""
    level = Level.NONE
    for event in events:
        if event.kind is RiskKind.RELEASE:
            level = Level.NONE
        elif event.kind is RiskKind.FORCED:
            level = max(level, event.level)
    return level


def write_alert(connection: Connection, alert: Alert) -> None:
    """Put an alert into the outbox; the same key is one alert. Whoever opened the transaction ends it.

    Its words may be a venue's or an exception's: no text fails the transaction of whoever trades, or fills the journal.
    """
    text = alert.text if len(alert.text) <= LONGEST_ALERT else f"{alert.text[:LONGEST_ALERT]}…"
    row = {"key": storable(alert.key), "severity": alert.severity, "text": storable(text), "raised_at": alert.at}
    connection.execute(insert_new(connection, alerts_outbox).on_conflict_do_nothing(), row)


def storable(text: str) -> str:
    """As every database can hold it: halves of a character, which JSON may bring, and zeros become their numbers."""
    return text.encode(errors="backslashreplace").decode().replace("\0", r"\x00")


def write_event(connection: Connection, event: RiskEvent) -> None:
    """Append an event from outside; whoever opened the transaction ends it."""
    connection.execute(insert(risk_events), _row(event))


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


def keep_flag_of(connection: Connection, book: str, ladder: Mapping[str, float], at: int) -> None:
    """Bring the book's own stop flag up to date after a decision that left its ladder like this; whoever opened the
    transaction ends it.
    """
    held, breaker = Level(int(ladder.get("level", Level.NONE))), Breaker(int(ladder.get("breaker", Breaker.NONE)))
    keep_breaker_flag(connection, book, _standing_level(_waiting(connection, book), held), breaker.text, STEP, at)


def _keep_flag(connection: Connection, event: RiskEvent) -> None:
    level = _level(connection, event.book)
    keep_breaker_flag(connection, event.book, level, event.why, event.who, event.at)


def _standing_level(waiting: Sequence[RiskEvent], held: Level) -> Level:
    forced = forced_level(waiting)
    return forced if any(one.kind is RiskKind.RELEASE for one in waiting) else max(forced, held)


def _level(connection: Connection, book: str) -> Level:
    """The account's level that holds by the book's newest decision, or waits; a release that waits ends the first."""
    newest = select(decisions.c.state_after).where(decisions.c.book == book).order_by(decisions.c.bar.desc()).limit(1)
    state = connection.execute(newest).scalar_one_or_none()
    ladder = {} if state is None else json.loads(state).get("ladder", {})  # none before migration 0006
    return _standing_level(_waiting(connection, book), Level(int(ladder.get("level", Level.NONE))))


def _parts_under_way(connection: Connection, book: str, as_of: int) -> dict[str, float]:
    """The largest part to be sold, by symbol, of what waits or was consumed at `as_of` or later."""
    open_ones = or_(risk_events.c.bar.is_(None), risk_events.c.bar >= as_of)
    query = _outside(book).where(risk_events.c.kind == RiskKind.CUT, open_ones)
    parts: dict[str, float] = {}
    for one in map(_event, connection.execute(query)):
        parts[one.symbol] = max(one.value, parts.get(one.symbol, 0.0))
    return parts


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
        "symbol": event.symbol or None,
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
        symbol=row.symbol or "",
        id=row.id,
        bar=row.bar,
    )
