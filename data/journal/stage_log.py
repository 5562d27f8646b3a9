"""The journal's pages as a stage's evidence reads them: raw rows, without the decisions around them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from data.journal.audit_log import AuditKind, Entry, write_entry
from data.journal.control_tables import audit_chain, session_events, sessions
from data.journal.dialects import json_text
from data.journal.reading import reads
from data.journal.risk_records import RiskKind
from data.journal.session_log import SessionKind
from data.journal.tables import decisions, fills, intents, risk_events
from models.types import Leg, Level, Refused

STEPS = (AuditKind.PROMOTED, AuditKind.DEMOTED)
OPENING = (Leg.ENTRY.name, Leg.ADD.name)
ACCOUNTS = "accounts"
MARK = (
    decisions.c.id,
    decisions.c.bar,
    decisions.c.decided_at,
    decisions.c.config_version,
    json_text(decisions.c.state_before, ACCOUNTS).label("before"),
    json_text(decisions.c.state_after, ACCOUNTS).label("after"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decision says of its book's account; figures of each trading system, as the journal carries them.

    Attributes:
        bar, decided_at: UTC microseconds.
        version: of the configuration that decided.
        before, after: the accounts that the decision's bars began with, and those after them.
    """

    id: str
    bar: int
    decided_at: int
    version: str
    before: Mapping[str, list[float]]
    after: Mapping[str, list[float]]


@dataclass(frozen=True, slots=True)
class Closing:
    """A fill that closed (a part of) a position; figures as they are written, `realised` in quote currency."""

    trade_id: str
    bar: int
    symbol: str
    quantity: str
    price: str
    fee: str
    realised: str | None


@dataclass(frozen=True, slots=True)
class Trip:
    """A stop of the whole account that tripped at the decision for `bar`."""

    bar: int
    level: Level
    breaker: str


@dataclass(frozen=True, slots=True)
class StageLog:
    """Of one journal; `engine` is the journal's. Times are UTC microseconds."""

    engine: Engine

    def marks(self, book: str, since: int, until: int) -> list[Mark]:
        """Of the decisions made after `since` and not after `until`, in the order of their bars."""
        wanted = decisions.c.book == book, decisions.c.decided_at > since, decisions.c.decided_at <= until
        with reads(self.engine) as connection:
            rows = connection.execute(select(*MARK).where(*wanted).order_by(decisions.c.bar)).all()
        return [_mark(one) for one in rows]

    def newest_mark(self, book: str) -> Mark | None:
        """Of the book's newest decision, None before its first."""
        newest = select(*MARK).where(decisions.c.book == book).order_by(decisions.c.bar.desc()).limit(1)
        with reads(self.engine) as connection:
            row = connection.execute(newest).one_or_none()
        return None if row is None else _mark(row)

    def bar_before(self, book: str, bar: int) -> int | None:
        """The bar of the book's decision before the one for `bar`, None where that was the first."""
        query = select(func.max(decisions.c.bar)).where(decisions.c.book == book, decisions.c.bar < bar)
        with reads(self.engine) as connection:
            found: int | None = connection.execute(query).scalar_one_or_none()
        return found

    def closings(self, book: str, after: int, last: int) -> list[Closing]:
        """Fills that closed something on the bars after `after` up to `last`, in the order they happened."""
        query = (
            select(fills)
            .join(intents, intents.c.cid == fills.c.cid)
            .join(decisions, decisions.c.id == intents.c.decision_id)
            .where(decisions.c.book == book, fills.c.leg.not_in(OPENING))
            .where(fills.c.filled_at > after, fills.c.filled_at <= last)
            .order_by(fills.c.id)
        )
        with reads(self.engine) as connection:
            rows = connection.execute(query).all()
        return [
            Closing(one.trade_id, one.filled_at, one.symbol, one.quantity, one.price, one.fee, one.realised)
            for one in rows
        ]

    def flows(self, book: str) -> dict[int, float]:
        """Paid in (negative: out), quote currency, by the bar of the decision that booked it."""
        mine = risk_events.c.book == book, risk_events.c.kind == RiskKind.FLOW, risk_events.c.bar.is_not(None)
        found: dict[int, float] = {}
        with reads(self.engine) as connection:
            for row in connection.execute(select(risk_events.c.bar, risk_events.c.amount).where(*mine)):
                found[row.bar] = found.get(row.bar, 0.0) + float(row.amount)
        return found

    def trips(self, book: str, first: int, last: int) -> list[Trip]:
        """Of the whole account, found by the decisions for the bars `first` to `last`, the oldest first."""
        mine = risk_events.c.book == book, risk_events.c.kind == RiskKind.TRIP, risk_events.c.system == ""
        query = select(risk_events).where(*mine, risk_events.c.bar >= first, risk_events.c.bar <= last)
        with reads(self.engine) as connection:
            rows = connection.execute(query.order_by(risk_events.c.id)).all()
        return [Trip(one.bar, Level[one.level], one.breaker) for one in rows]

    def witnessed(self, books: Collection[str], until: int) -> dict[str, dict[int, str]]:
        """By book, the bars that were decided while the machine's clock was looked at, each with the release that
        decided first: what was decided as of an earlier time is not among them.
        """
        query = (
            select(sessions.c.book, sessions.c.release, session_events.c.bar)
            .join(session_events, session_events.c.session == sessions.c.id)
            .where(sessions.c.book.in_(list(books)), session_events.c.kind == SessionKind.DECIDED.value)
            .where(session_events.c.bar.is_not(None), session_events.c.at <= until)
            .order_by(session_events.c.id)
        )
        found: dict[str, dict[int, str]] = {one: {} for one in books}
        with reads(self.engine) as connection:
            for row in connection.execute(query):
                found[row.book].setdefault(row.bar, row.release)
        return found

    def first_witnessed(self, books: Collection[str], release: str, until: int) -> int | None:
        """When a bar of the books was first decided under the release by the machine's clock; None: never."""
        query = (
            select(func.min(session_events.c.at))
            .join(sessions, session_events.c.session == sessions.c.id)
            .where(sessions.c.book.in_(list(books)), sessions.c.release == release)
            .where(session_events.c.kind == SessionKind.DECIDED.value, session_events.c.at <= until)
        )
        with reads(self.engine) as connection:
            found: int | None = connection.execute(query).scalar_one_or_none()
        return found

    def append_step(self, entry: Entry, after: int | None) -> Entry:
        """Add a promotion or demotion to the audit chain; `after` is the line's newest step that it was made on.

        Raises:
            Refused: the line has another newest step by now; nothing was written.
        """
        with self.engine.begin() as connection:
            newest = _newest_step(connection, entry.subject)
            if newest != after:
                raise Refused(f"{entry.subject} has another stage by now; nothing was written, look again: keel stage")
            return write_entry(connection, entry)


def _mark(row: Row[Any]) -> Mark:
    return Mark(row.id, row.bar, row.decided_at, row.config_version, json.loads(row.before), json.loads(row.after))


def _newest_step(connection: Connection, subject: str) -> int | None:
    mine: Any = audit_chain.c.subject == subject, audit_chain.c.kind.in_([one.value for one in STEPS])
    newest = select(func.max(audit_chain.c.id)).where(*mine)
    found: int | None = connection.execute(newest).scalar_one_or_none()
    return found
