"""A venue of ccxt as a feed: what its folder says about bars and books, put together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from models.types import Bars, Book
from tasks.adapters.venues.client import CcxtClient
from tasks.ports import Page

PagesOf: TypeAlias = Callable[[CcxtClient, str, str, int | None], Iterator[Bars]]
BookOf: TypeAlias = Callable[[CcxtClient, str, int], Book]


@dataclass(frozen=True, slots=True)
class CcxtFeed:
    """Bars and books of one venue."""

    client: CcxtClient
    pages_of: PagesOf
    book_of: BookOf

    @property
    def name(self) -> str:
        """The venue's."""
        return self.client.venue.name

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Pages in ascending order, without a bar twice; the last may end with an unfinished bar."""
        self.client.require(symbol, timeframe)
        for bars in self.pages_of(self.client, symbol, timeframe, since):
            yield Page(bars, self.name, self.client.guard.venue_now)

    def book(self, symbol: str, depth: int) -> Book:
        """The best `depth` levels now."""
        return self.book_of(self.client, symbol, depth)
