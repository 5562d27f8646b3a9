"""Coinbase Advanced as a feed."""

from tasks.adapters.feeds.ccxt_feed import CcxtFeed
from tasks.adapters.feeds.coinbase.bars import pages
from tasks.adapters.feeds.coinbase.books import book
from tasks.adapters.feeds.coinbase.exchange import VENUE
from tasks.adapters.venues.access import Access
from tasks.adapters.venues.client import open_client


def build(access: Access) -> CcxtFeed:
    """The feed; no key is needed."""
    return CcxtFeed(open_client(VENUE, access), pages, book)
