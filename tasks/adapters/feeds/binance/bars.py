"""Bars of Binance: an answer holds the first 1,000 bars at or after its start, and zero is a start."""

from collections.abc import Iterator

from models.types import Bars
from tasks.adapters.feeds.bars import ccxt_bars
from tasks.adapters.feeds.paging import Reach, walk
from tasks.adapters.venues.client import CcxtClient

REACH = Reach(size=1000, windowed=False)


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: from the listing)."""

    def read(frame: str, cursor: int) -> Bars:
        return ccxt_bars(client, symbol, frame, cursor, REACH.size, None)

    return walk(read, REACH, timeframe, since, client.access.clock.now())
