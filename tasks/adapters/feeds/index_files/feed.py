"""Daily index files as a feed."""

from tasks.adapters.feeds.index_files.bars import pages
from tasks.adapters.feeds.index_files.exchange import VENUE
from tasks.adapters.feeds.plain import open_plain
from tasks.adapters.feeds.plain_feed import PlainFeed
from tasks.adapters.venues.access import Access


def build(access: Access) -> PlainFeed:
    """The feed: Cboe's volatility indices, and the files that `access.files` names."""
    return PlainFeed(open_plain(VENUE, access), pages)
