"""Bars of Bitget: an answer holds the last bars before its end; ccxt takes the history endpoint for old ones."""

from collections.abc import Iterator

from models.types import Bars, bar_micros, parse_time
from tasks.adapters.feeds.bars import ccxt_bars
from tasks.adapters.feeds.paging import Reach, walk
from tasks.adapters.venues.client import CcxtClient

# The history endpoint gives 200 bars at most; spot trading began in 2018.
REACH = Reach(size=200, windowed=True, origin=parse_time("2018-01-01"))
MILLISECOND = 1000


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: from the listing)."""

    def read(frame: str, cursor: int) -> Bars:
        # A millisecond short of the next bar: were it inside, the first of the window would fall out.
        end = cursor + REACH.size * bar_micros(frame) - MILLISECOND
        return ccxt_bars(client, symbol, frame, cursor, REACH.size, end)

    return walk(read, REACH, timeframe, since, client.access.clock.now())
