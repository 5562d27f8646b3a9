"""Order books of Binance: up to 5,000 levels, without a time of the venue's."""

from models.types import Book
from tasks.adapters.feeds.books import ccxt_book
from tasks.adapters.venues.client import CcxtClient

MOST = 5000


def book(client: CcxtClient, symbol: str, depth: int) -> Book:
    """The best `depth` levels now."""
    return ccxt_book(client, symbol, depth, MOST)
