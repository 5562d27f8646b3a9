"""The desk's own look at its feeds, after every request."""

import contextlib

from data.journal import Journal
from models.sessions import in_session
from models.types import Series, Unavailable
from models.types.timeframes import MINUTE
from tasks.ports import Feed
from tasks.session.desk import Desk
from tasks.session.feeds.building import feeds_in_use
from tasks.session.feeds.stopping import check_feeds_down, open_throughout


def watch_feeds(desk: Desk, journal: Journal) -> str | None:
    """Raise the feed-down stop when every feed of the configured book is down; the reason, or None."""
    limit = round(desk.loaded.settings.feeds.down_minutes * MINUTE)
    now = desk.clock.now()
    universe = desk.universe()
    is_open = any(open_throughout(desk.calendar(series), now, limit) for series in universe)
    return check_feeds_down(journal, feeds_in_use(desk, universe), is_open, now, limit)


def feel_pulse(desk: Desk, journal: Journal, series: Series, feed: Feed) -> str | None:
    """Ask the feed for its newest bars, so that its health is known, then whether all are down; the reason, or None.

    Nothing is stored, and nobody is asked while the market is closed.
    """
    if not in_session(desk.calendar(series), desk.clock.now()):
        return None
    parts = desk.bars.dataset(series).manifest().parts
    with contextlib.suppress(Unavailable):  # the feed has journaled it, which is what the look is at
        next(iter(feed.pages(series.symbol, series.timeframe, parts[-1].last if parts else None)), None)
    return watch_feeds(desk, journal)
