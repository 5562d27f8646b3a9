"""Bars as ccxt gives them."""

from models.types import Bars
from tasks.adapters.feeds.rows import bars_of
from tasks.adapters.venues.client import CcxtClient


def ccxt_bars(
    client: CcxtClient, symbol: str, timeframe: str, since: int | None, limit: int | None, until: int | None
) -> Bars:
    """One answer of bars from `since` to `until` (UTC microseconds), as ccxt's unified call gives them."""
    start = None if since is None else since // 1000
    window = {} if until is None else {"until": until // 1000}
    return bars_of(client.ask("bars", "fetch_ohlcv", symbol, timeframe, start, limit, window))
