"""Bars of Kraken: the last 720 of a timeframe, whatever start is asked for."""

from collections.abc import Iterator

from models.types import BadInput, Bars, iso
from tasks.adapters.feeds.bars import ccxt_bars
from tasks.adapters.feeds.rows import since_on
from tasks.adapters.venues.client import CcxtClient

LAST = 720


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """One page from `since` on (UTC microseconds, None: the last 720 bars).

    Raises:
        BadInput: the venue no longer gives bars as old as `since`: what it gives would leave a hole.
    """
    bars = ccxt_bars(client, symbol, timeframe, None, None, None)
    if since is None:
        since = 0
    elif len(bars) >= LAST and since < bars.ts[0]:
        raise BadInput(
            f"kraken gives its last {LAST} {timeframe} bars of {symbol} only, from {iso(int(bars.ts[0]))} on, and was "
            f"asked for {iso(since)}; take that from another feed, or from kraken's own archive with keel import"
        )
    fresh = since_on(bars, since)
    if len(fresh):
        yield fresh
