"""Bring the configured book's bars up to date, its volatility index included."""

from typing import Any

from prefect import flow

from conf import load
from tasks.ingest import ingest_series


@flow(name="ingest")
def ingest(
    venue: str | None = None, symbol: str | None = None, timeframe: str | None = None, since: str | None = None
) -> list[dict[str, Any]]:
    """Ingest one series, or everything that the configured book needs."""
    settings = load().settings
    trading = settings.trading
    where = venue or trading.venue
    symbols = [symbol] if symbol else list(trading.symbols)
    results = [ingest_series(where, one, timeframe or trading.timeframe, since) for one in symbols]
    index = settings.venues[where].index if where in settings.venues else None
    if index is not None and index not in symbols:
        results.append(ingest_series(where, index, "1d", since))
    return results
