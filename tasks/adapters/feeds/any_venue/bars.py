"""Bars of a venue that nobody described: taken as windows, which is right for the others too, only slower."""

from collections.abc import Iterator

from models.types import Bars, parse_time
from tasks.adapters.feeds.bars import ccxt_bars
from tasks.adapters.feeds.paging import Reach, walk
from tasks.adapters.venues.client import CcxtClient

# Before 2010 there was no venue.
ORIGIN = parse_time("2010-01-01")
# Where ccxt does not say how much an answer holds: little enough for all.
SIZE = 100


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: from the first day that has a bar)."""
    reach = Reach(size=_size(client), windowed=True, origin=ORIGIN)

    def read(frame: str, cursor: int) -> Bars:
        return ccxt_bars(client, symbol, frame, cursor, reach.size, None)

    return walk(read, reach, timeframe, since, client.access.clock.now())


def _size(client: CcxtClient) -> int:
    spot = (client.exchange.features or {}).get("spot") or {}
    return int((spot.get("fetchOHLCV") or {}).get("limit") or SIZE)
