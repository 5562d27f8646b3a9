"""The desk's own look at its feeds, after every request."""

from data.journal import Journal
from models.types.timeframes import MINUTE
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
