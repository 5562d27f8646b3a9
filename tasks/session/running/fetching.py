"""The newest bars come in: every feed is opened once, and asked again and again as long as the session lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from data.catalogue import refresh_catalogue
from data.journal import Journal
from models.types import KeelError, Series
from models.types.timeframes import HOUR
from tasks.ports import ActionFeed, Feed
from tasks.session.actions import ingest_actions
from tasks.session.desk import Desk
from tasks.session.feeds import watch_feeds
from tasks.session.intake import ingest

# Those bring their bars by themselves, or a person does.
FEEDLESS = ("none", "sample")
# What changes once a day is asked for so often.
RARELY = HOUR


@dataclass(slots=True, eq=False)
class Fetching:
    """By a journal that keeps the feeds' health; for one thread at a time."""

    journal: Journal
    open_feed: Callable[[Series], Feed]
    open_actions: Callable[[Series], ActionFeed | None]
    _feeds: dict[Series, Feed] = field(default_factory=dict)
    _rare_at: int | None = None

    def bring(self, desk: Desk) -> str:
        """Ask for what the lake lacks of the book; what went wrong, empty where nothing did. What came is stored."""
        if desk.venue(desk.loaded.settings.trading.venue).feed in FEEDLESS:
            return ""
        troubles = [self._tried(partial(self._ingest, desk, one)) for one in desk.book_series()]
        troubles.append(self._tried(partial(watch_feeds, desk, self.journal)))
        return "; ".join(one for one in troubles if one)

    def bring_rest(self, desk: Desk) -> str:
        """What no decision waits for, once an hour: for the time after a bar."""
        if desk.venue(desk.loaded.settings.trading.venue).feed in FEEDLESS:
            return ""
        return self._tried(partial(self._rarely, desk))

    def _rarely(self, desk: Desk) -> None:
        """The volatility index, splits and dividends, and the catalogue for other tools."""
        now = desk.clock.now()
        if self._rare_at is not None and 0 <= now - self._rare_at < RARELY:
            return
        self._rare_at = now
        index = desk.venue(desk.loaded.settings.trading.venue).index
        if index is not None and index not in [one.symbol for one in desk.book_series()]:
            self._ingest(desk, Series(desk.loaded.settings.trading.venue, index, "1d"))
        for series in desk.book_series():
            ingest_actions(desk, series, self.open_actions(series))
        refresh_catalogue(desk.lake)

    def _ingest(self, desk: Desk, series: Series) -> None:
        if series not in self._feeds:
            self._feeds[series] = self.open_feed(series)
        ingest(desk, series, self._feeds[series], None, store=True, report=lambda *_: None, catalogue=False)

    def _tried(self, act: Callable[[], object]) -> str:
        """One that does not answer holds up no other."""
        try:
            act()
        except KeelError as error:
            return str(error)
        return ""


def newest_bar(desk: Desk, series: Series) -> int | None:
    """Open of the series' newest stored bar, UTC microseconds; None without one."""
    parts = desk.bars.dataset(series).manifest().parts
    return parts[-1].last if parts else None


def has_come(desk: Desk, bar: int) -> bool:
    """Whether every series of the book has a bar that opened at `bar` or later."""
    found = [newest_bar(desk, one) for one in desk.book_series()]
    return all(one is not None and one >= bar for one in found)
