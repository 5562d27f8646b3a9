"""Bars of Coinbase: an answer covers its window, at most 350 bars, and is empty where nothing was traded in it."""

from collections.abc import Iterator

from models.types import Bars, bar_micros, parse_time
from tasks.adapters.feeds.bars import ccxt_bars
from tasks.adapters.feeds.paging import Reach, walk
from tasks.adapters.venues.client import CcxtClient

# Both ends of the window count as inside, and ccxt cuts at 300; the first trade of the venue was in 2015.
REACH = Reach(size=300, windowed=True, origin=parse_time("2015-01-01"))


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: from the listing)."""

    def read(frame: str, cursor: int) -> Bars:
        last = cursor + (REACH.size - 1) * bar_micros(frame)
        return ccxt_bars(client, symbol, frame, cursor, REACH.size, last)

    return walk(read, REACH, timeframe, since, client.access.clock.now())
