"""Bring the configured book's bars up to date, its volatility index included."""

from typing import Any

from prefect import flow

from conf import load
from tasks.adapters.redaction import shielded
from tasks.ingest import ingest_series, show_coverage


@flow(name="ingest")
@shielded
def ingest(
    venue: str | None = None, symbol: str | None = None, timeframe: str | None = None, since: str | None = None
) -> list[dict[str, Any]]:
    """Ingest one series, or everything that the configured book needs."""
    wanted = wanted_series(venue, symbol, timeframe)
    results = [ingest_series(*one, since) for one in wanted]
    show_coverage(wanted)
    return results


def wanted_series(venue: str | None, symbol: str | None, timeframe: str | None) -> list[tuple[str, str, str]]:
    """One series, or all that the configured book needs: venue, symbol and timeframe."""
    settings = load().settings
    trading = settings.trading
    where = venue or trading.venue
    symbols = [symbol] if symbol else [*trading.symbols, *([] if trading.haven is None else [trading.haven])]
    wanted = [(where, one, timeframe or trading.timeframe) for one in symbols]
    index = settings.venues[where].index if where in settings.venues else None
    if index is not None and index not in symbols:
        wanted.append((where, index, "1d"))
    return wanted
