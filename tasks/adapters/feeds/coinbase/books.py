"""Order books of Coinbase, with the venue's time."""

from models.types import Book
from tasks.adapters.feeds.books import ccxt_book
from tasks.adapters.venues.client import CcxtClient

# The documents name no limit; more was not needed.
MOST = 500


def book(client: CcxtClient, symbol: str, depth: int) -> Book:
    """The best `depth` levels now."""
    return ccxt_book(client, symbol, depth, MOST)
