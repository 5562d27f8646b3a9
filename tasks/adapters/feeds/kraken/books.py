"""Order books of Kraken: up to 500 levels, without a time of the venue's."""

from models.types import Book
from tasks.adapters.feeds.books import ccxt_book
from tasks.adapters.venues.client import CcxtClient

MOST = 500


def book(client: CcxtClient, symbol: str, depth: int) -> Book:
    """The best `depth` levels now."""
    return ccxt_book(client, symbol, depth, MOST)
