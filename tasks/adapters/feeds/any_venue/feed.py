"""Any venue of ccxt as a feed."""

from tasks.adapters.feeds.any_venue.bars import pages
from tasks.adapters.feeds.any_venue.books import book
from tasks.adapters.feeds.any_venue.exchange import described
from tasks.adapters.feeds.ccxt_feed import CcxtFeed
from tasks.adapters.venues.access import Access
from tasks.adapters.venues.client import open_client


def build(name: str, access: Access) -> CcxtFeed:
    """The feed of the venue that ccxt calls `name`."""
    return CcxtFeed(open_client(described(name), access), pages, book)
