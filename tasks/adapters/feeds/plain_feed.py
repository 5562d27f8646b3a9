"""A source by plain HTTP as a feed: bars only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from models.types import Bars
from tasks.adapters.feeds.plain import PlainClient
from tasks.ports import Page

PagesOf: TypeAlias = Callable[[PlainClient, str, str, int | None], Iterator[Bars]]


@dataclass(frozen=True, slots=True)
class PlainFeed:
    """Bars of one source."""

    client: PlainClient
    pages_of: PagesOf

    @property
    def name(self) -> str:
        """The source's."""
        return self.client.venue.name

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Pages in ascending order, without a bar twice; the last may end with an unfinished bar."""
        for bars in self.pages_of(self.client, symbol, timeframe, since):
            yield Page(bars, self.name, self.client.heard.venue_now)
