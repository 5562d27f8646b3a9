"""The journal's pages on sessions: when a process of a campaign began and ended, and what became of each bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from data.journal.control_tables import session_events, sessions
from data.journal.lease import Holder
from data.journal.reading import reads


class SessionKind(StrEnum):
    """What became of a bar, or happened beside. Stored: never rename."""

    DECIDED = "decided"
    SKIPPED = "skipped"
    FAILED = "failed"
    NOTED = "noted"


# Why nobody decided on a bar that did not come in time, in front of the reason's colon. Stored: never rename.
NO_ANSWER, STALE = "no answer", "stale"


@dataclass(frozen=True, slots=True)
class SessionRun:
    """One process of a campaign.

    Attributes:
        campaign: what several processes one after the other belong to; the first one's id says which.
        capital: quote currency, as it was written.
        release: which code ran, see tasks.session.
        began_at, until, ended_at: UTC microseconds; `until` None: for ever; `ended_at` None: it runs, or has crashed.
        why: why it ended.
        id: of its row, None before it has one.
    """

    campaign: str
    book: str
    stage: str
    capital: str
    release: str
    holder: Holder
    began_at: int
    until: int | None
    ended_at: int | None = None
    why: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """What became of the bar that opened at `bar` (UTC microseconds, None: of no bar), and why.

    Attributes:
        seconds: from the bar's close to the end of its cycle, None where there was none.
    """

    session: int
    at: int
    kind: SessionKind
    reason: str
    bar: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SessionLog:
    """Of one journal; `engine` is the journal's. Every write is one transaction."""

    engine: Engine

    def begin(self, run: SessionRun) -> int:
        """Write that it runs; its id."""
        row = {name: getattr(run, name) for name in ("campaign", "book", "stage", "capital", "release", "until", "why")}
        holder = {name: getattr(run.holder, name) for name in ("host", "boot", "pid", "started")}
        with self.engine.begin() as connection:
            made = insert(sessions).returning(sessions.c.id)
            return int(connection.execute(made, row | holder | {"began_at": run.began_at}).scalar_one())

    def end(self, session: int, why: str, at: int) -> None:
        """Write that it ended as it should."""
        mine = update(sessions).where(sessions.c.id == session)
        with self.engine.begin() as connection:
            connection.execute(mine, {"ended_at": at, "why": why})

    def note(self, event: SessionEvent) -> None:
        """Append what happened."""
        self.note_all([event])

    def note_all(self, events: Sequence[SessionEvent]) -> None:
        """Append all of it, or nothing."""
        names = ("session", "at", "bar", "reason", "seconds")
        rows = [{name: getattr(one, name) for name in names} | {"kind": one.kind.value} for one in events]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(session_events), rows)

    def runs(self, book: str | None = None) -> list[SessionRun]:
        """Of one book or of all, the oldest first."""
        query = select(sessions).order_by(sessions.c.id)
        with reads(self.engine) as connection:
            rows = connection.execute(query if book is None else query.where(sessions.c.book == book)).all()
        return [_run(row) for row in rows]

    def events(self, session: int) -> list[SessionEvent]:
        """Of one process, the oldest first."""
        query = select(session_events).where(session_events.c.session == session).order_by(session_events.c.id)
        with reads(self.engine) as connection:
            rows = connection.execute(query).all()
        return [_event(row) for row in rows]

    def absent(self, book: str) -> frozenset[int]:
        """Opens of the bars of a book that did not come while a session asked for them, UTC microseconds."""
        joined = select(session_events).join(sessions, sessions.c.id == session_events.c.session)
        query = joined.where(sessions.c.book == book, session_events.c.kind == SessionKind.SKIPPED.value)
        with reads(self.engine) as connection:
            events = [_event(row) for row in connection.execute(query)]
        return frozenset(
            one.bar for one in events if one.bar is not None and one.reason.partition(":")[0] in (NO_ANSWER, STALE)
        )


def _run(row: Row[Any]) -> SessionRun:
    return SessionRun(
        campaign=row.campaign,
        book=row.book,
        stage=row.stage,
        capital=row.capital,
        release=row.release,
        holder=Holder(row.host, row.boot, row.pid, row.started),
        began_at=row.began_at,
        until=row.until,
        ended_at=row.ended_at,
        why=row.why,
        id=row.id,
    )


def _event(row: Row[Any]) -> SessionEvent:
    return SessionEvent(row.session, row.at, SessionKind(row.kind), row.reason, row.bar, row.seconds)
