"""The journal's pages on feeds: who answers, who is left alone until when, and what happened between them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, insert, or_, select

from data.journal.dialects import write_over
from data.journal.feed_records import BELIEF, WHOLE_FEED, Change, Fault, FeedEvent, FeedHealth, Pause, PauseRule
from data.journal.reading import reads
from data.journal.tables import feed_events, feed_health, feed_pauses
from models.types import Series


@dataclass(frozen=True, slots=True)
class FeedLog:
    """Feeds in one journal; `engine` is the journal's. Every write is one transaction."""

    engine: Engine

    def success(self, feed: str, symbol: str, at: int) -> None:
        """The feed gave an answer for the symbol that was believed: it is back in its place.

        The count of its failures stays: a feed that fails again soon is left alone for longer.
        """
        back = or_(feed_pauses.c.symbol == symbol, feed_pauses.c.fault.in_(WHOLE_FEED))
        with self.engine.begin() as connection:
            _answered(connection, feed, at)
            connection.execute(feed_pauses.update().where(and_(feed_pauses.c.feed == feed, back)).values(retry_at=None))

    def answered(self, feed: str, at: int) -> None:
        """The feed gave an answer that nobody judged."""
        with self.engine.begin() as connection:
            _answered(connection, feed, at)

    def failure(self, feed: str, symbol: str, fault: Fault, reason: str, at: int, rule: PauseRule) -> None:
        """The feed failed for the symbol, and is left alone for a while by the rule."""
        with self.engine.begin() as connection:
            _failed(connection, feed, reason, at)
            failures = _failures_before(connection, feed, symbol, at - rule.longest) + 1
            row = {
                "fault": fault.value,
                "reason": reason,
                "failures": failures,
                "failed_at": at,
                "retry_at": at + rule.after(failures),
            }
            write_over(connection, feed_pauses, {"feed": feed, "symbol": symbol}, row)

    def pause(self, feed: str, symbol: str) -> Pause | None:
        """What keeps the feed from its place for the symbol, None when nothing does.

        The symbol's own fault comes before one of the whole feed; of several the one that lasts longest.
        """
        mine = feed_pauses.c.symbol == symbol
        query = (
            select(feed_pauses)
            .where(feed_pauses.c.feed == feed, feed_pauses.c.retry_at.is_not(None))
            .where(or_(mine, feed_pauses.c.fault.in_(WHOLE_FEED)))
            .order_by(mine.desc(), feed_pauses.c.retry_at.desc())
            .limit(1)
        )
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _pause(row)

    def health(self, feeds: tuple[str, ...]) -> tuple[FeedHealth, ...]:
        """Of those among `feeds` that were ever asked, in their order."""
        with reads(self.engine) as connection:
            rows = connection.execute(select(feed_health).where(feed_health.c.feed.in_(feeds))).all()
        found = {row.feed: FeedHealth(*row) for row in rows}
        return tuple(found[name] for name in feeds if name in found)

    def record(self, event: FeedEvent) -> None:
        """Append an event."""
        row = {
            "at": event.at,
            **_key(event.series),
            "feed_from": event.feed_from,
            "feed_to": event.feed_to,
            "kind": event.kind.value,
            "reason": event.reason,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(feed_events), row)

    def last(self, series: Series, kinds: tuple[Change, ...]) -> FeedEvent | None:
        """The series' newest event of these kinds."""
        query = _of(series).where(feed_events.c.kind.in_(kinds)).order_by(feed_events.c.id.desc()).limit(1)
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _event(row)

    def events(self, series: Series) -> list[FeedEvent]:
        """All events of the series, the oldest first."""
        with reads(self.engine) as connection:
            return [_event(row) for row in connection.execute(_of(series).order_by(feed_events.c.id))]


def blocked_by(log: FeedLog, series: Series) -> FeedEvent | None:
    """The event since which nobody is believed about the series, None when somebody is."""
    event = log.last(series, BELIEF)
    return event if event is not None and event.kind is Change.BLOCKED else None


def _answered(connection: Connection, feed: str, at: int) -> None:
    row = {"last_success": at, "failing_since": None}
    write_over(connection, feed_health, {"feed": feed}, row)


def _failed(connection: Connection, feed: str, reason: str, at: int) -> None:
    since = connection.execute(select(feed_health.c.failing_since).where(feed_health.c.feed == feed)).scalar()
    row = {"last_failure": at, "failing_since": at if since is None else since, "reason": reason}
    write_over(connection, feed_health, {"feed": feed}, row)


def _failures_before(connection: Connection, feed: str, symbol: str, oldest: int) -> int:
    """Failures that still count: none, when the newest is older than `oldest`."""
    query = select(feed_pauses).where(feed_pauses.c.feed == feed, feed_pauses.c.symbol == symbol)
    row = connection.execute(query).one_or_none()
    return 0 if row is None or row.failed_at < oldest else int(row.failures)


def _pause(row: Row[Any]) -> Pause:
    return Pause(row.feed, row.symbol, Fault(row.fault), row.reason, row.failures, row.failed_at, row.retry_at)


def _key(series: Series) -> dict[str, str]:
    return {"venue": series.venue, "symbol": series.symbol, "timeframe": series.timeframe}


def _of(series: Series) -> Select[Any]:
    return select(feed_events).where(*(feed_events.c[name] == value for name, value in _key(series).items()))


def _event(row: Row[Any]) -> FeedEvent:
    series = Series(row.venue, row.symbol, row.timeframe)
    return FeedEvent(row.at, series, row.feed_from, row.feed_to, Change(row.kind), row.reason)
