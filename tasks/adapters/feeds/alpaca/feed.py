"""Alpaca as a feed of bars, quotes, splits and dividends."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.actions import CorporateAction
from models.types import Book
from tasks.adapters.feeds.alpaca.actions import actions
from tasks.adapters.feeds.alpaca.bars import pages
from tasks.adapters.feeds.alpaca.books import book
from tasks.adapters.feeds.alpaca.exchange import VENUE
from tasks.adapters.venues.access import Access, require_keys
from tasks.adapters.venues.client import CcxtClient, open_client
from tasks.ports import Page


@dataclass(frozen=True, slots=True)
class AlpacaFeed:
    """US stocks."""

    client: CcxtClient
    name = VENUE.name

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Pages in ascending order, without a bar twice; the last may end with an unfinished bar."""
        for bars in pages(self.client, symbol, timeframe, since):
            yield Page(bars, self.name, self.client.guard.venue_now)

    def book(self, symbol: str, depth: int) -> Book:
        """The latest quote: one level."""
        return book(self.client, symbol, depth)

    def actions(self, symbol: str, since: int | None) -> list[CorporateAction]:
        """Splits and dividends with an ex-date at `since` or later, by ex-date."""
        return actions(self.client, symbol, since)


def build(access: Access) -> AlpacaFeed:
    """The feed.

    Raises:
        BadInput: there are no keys.
    """
    require_keys(VENUE.name, access.keys)
    return AlpacaFeed(open_client(VENUE, access))
