"""The feed-down stop: without any feed for five minutes of a session, nothing is traded until a person says so."""

from dataclasses import dataclass

from data.journal import FeedHealth, FeedLog, Journal
from models.sessions import session_spans
from models.types import Calendar, iso
from models.types.timeframes import SECOND

STOP = "feed_down"


def check_feeds_down(journal: Journal, feeds: tuple[str, ...], calendar_open: bool, now: int, limit: int) -> str | None:
    """Stop trading by the journal's flag and raise an alert when all feeds in use are down; the reason, or None.

    They are down when the market was open through all of the last `limit` (`calendar_open`), and of the feeds in use
    1. the last one to fail began to at least `limit` ago,
    2. none has answered since then,
    3. one was asked and failed within the last `limit`: a process that was quiet knows nothing.

    `now` and `limit` in (UTC) microseconds. Repeated it has no second effect: the flag keeps its first reason, and one
    outage is one alert. Nothing here releases the flag.
    """
    outage = outage_of(FeedLog(journal.engine).health(feeds), now, limit) if calendar_open else None
    if outage is None:
        return None
    journal.set_stop(outage.reason, now)
    text = f"{outage.reason}; trading is stopped until a person releases it"
    journal.raise_alert(f"{STOP} {outage.begun}", "critical", text, now)
    return outage.reason


@dataclass(frozen=True, slots=True)
class Outage:
    """All feeds are down: since when (UTC microseconds), and what the stop says."""

    begun: int
    reason: str


def outage_of(health: tuple[FeedHealth, ...], now: int, limit: int) -> Outage | None:
    """The outage by the three rules of `check_feeds_down`, None while some feed serves or nobody asked."""
    failing = [one for one in health if one.failing_since is not None]
    begun = max((one.failing_since for one in failing if one.failing_since is not None), default=None)
    asked = max((one.last_failure for one in failing if one.last_failure is not None), default=None)
    if begun is None or asked is None or begun > now - limit or asked <= now - limit:
        return None
    if any(one.last_success is not None and one.last_success >= begun for one in health):
        return None
    listed = "; ".join(f"{one.feed}: {one.reason}" for one in failing)
    return Outage(begun, f"{STOP}: no feed has answered since {iso(begun // SECOND * SECOND)} ({listed})")


def open_throughout(calendar: Calendar, now: int, limit: int) -> bool:
    """Whether the market was open from `now - limit` to `now`: failures before its opening say nothing."""
    opens, closes = session_spans(calendar, now, now)
    return calendar.name == "24/7" or bool(opens.size and opens[0] <= now - limit and now < closes[0])
