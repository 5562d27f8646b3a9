"""Order books of a venue that nobody described: as many levels as it gives."""

from models.types import Book
from tasks.adapters.feeds.books import ccxt_book
from tasks.adapters.venues.client import CcxtClient

MOST = 100


def book(client: CcxtClient, symbol: str, depth: int) -> Book:
    """The best `depth` levels now."""
    return ccxt_book(client, symbol, depth, MOST)
