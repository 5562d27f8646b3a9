"""Detect the regimes of the book's series, store their history, and report on it."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.regimes import keep_regimes, show_regimes


@flow(name="regimes")
@shielded
def regimes(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    detector: str | None = None,
) -> list[dict[str, Any]]:
    """The configured book's series, or what the parameters say instead, by both detectors; `detector` is the one that
    the picture shows.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    flags = {
        "trading.venue": venue,
        "trading.symbols": symbols,
        "trading.timeframe": timeframe,
        "regimes.detector": detector,
    }
    return show_regimes(flags, keep_regimes(flags))
