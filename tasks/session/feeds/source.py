"""One source of a series: a feed, the name that the symbol has there, and where reading it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.types import BadInput, Bars, Series
from tasks.ports import Feed, Page
from tasks.session.feeds.patience import Patience


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A feed and the symbol to ask it for; one that is quoted in another currency is declared by that symbol."""

    feed: Feed
    symbol: str

    @property
    def name(self) -> str:
        """The feed's."""
        return self.feed.name


@dataclass(slots=True, eq=False)
class Reading:
    """Pages of one source, each within its deadline."""

    source: Source
    timeframe: str
    patience: Patience
    _at: int | None = None
    _pages: Iterator[Page] | None = None

    def next(self, cursor: int | None) -> Page | None:
        """The next raw page from `cursor` on, None at the end.

        It goes on where it was when the last page was taken and the series is still there; otherwise it begins anew.

        Raises:
            Unanswered: not within the deadline.
            Unavailable, BadInput: as the feed says.
        """
        pages = self._pages if self._at == cursor else None
        page, pages = self.patience.ask(lambda: self._step(pages, cursor))
        self._pages = pages
        return page

    def taken(self, end: int | None) -> None:
        """The page was taken: the next one begins at `end` (UTC microseconds)."""
        self._at = end

    def once(self, since: int) -> Bars | None:
        """The raw bars of one answer from `since` on; None when there are none. The reading stays where it is."""
        page, _ = self.patience.ask(lambda: self._step(None, since))
        return None if page is None else page.bars

    def _step(self, pages: Iterator[Page] | None, cursor: int | None) -> tuple[Page | None, Iterator[Page]]:
        if pages is None:
            pages = iter(self.source.feed.pages(self.source.symbol, self.timeframe, cursor))
        return next(pages, None), pages


def same_quote(one: str, other: str) -> bool:
    """Whether two symbols are priced in the same currency: BTC/USD and BTC/USDT are not, AAPL and AAPL are."""
    return _quote(one) == _quote(other)


def _quote(symbol: str) -> str:
    return symbol.partition("/")[2].partition(":")[0]


def require_series(series: Series, symbol: str, timeframe: str) -> None:
    """Nothing, when it is this series that is asked for.

    Raises:
        BadInput: a feed with backups, whose symbols are declared one by one, knows no other.
    """
    if (symbol, timeframe) != (series.symbol, series.timeframe):
        raise BadInput(f"the feed of {series} was asked for {symbol} {timeframe}; build one for that series")
