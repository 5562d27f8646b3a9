"""Validate the book: how much of its result is left by regime, year, cost, delay, missing data and chance."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.validate import validate_book


@flow(name="validate")
@shielded
def validate(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    start: str | None = None,
    end: str | None = None,
    profile: str | list[str] | None = None,
    paths: int | None = None,
) -> dict[str, Any]:
    """Validate the configured book, or what the parameters say instead, under every risk profile or those that are
    named; `paths` are drawn of trades and of candles.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    profiles = [profile] if isinstance(profile, str) else profile
    flags = {
        "trading.venue": venue,
        "trading.symbols": symbols,
        "trading.timeframe": timeframe,
        "validation.paths": paths,
    }
    return validate_book(flags, start, end, tuple(profiles or ()))
