"""CoinGecko as a feed."""

from tasks.adapters.feeds.coingecko.bars import pages
from tasks.adapters.feeds.coingecko.exchange import VENUE
from tasks.adapters.feeds.plain import open_plain
from tasks.adapters.feeds.plain_feed import PlainFeed
from tasks.adapters.venues.access import Access


def build(access: Access) -> PlainFeed:
    """The feed; a free demo key, where set, allows more requests."""
    return PlainFeed(open_plain(VENUE, access), pages)
