"""Backtest the book over any window."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.backtest import backtest_book


@flow(name="backtest")
@shielded
def backtest(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    start: str | None = None,
    end: str | None = None,
    profile: str | None = None,
    costs: float = 1.0,
) -> dict[str, Any]:
    """Backtest the configured book, or what the parameters say instead, at `costs` times the configured costs; figures
    go to log and artifacts.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    flags = {
        "trading.venue": venue,
        "trading.symbols": symbols,
        "trading.timeframe": timeframe,
        "trading.profile": profile,
    }
    return backtest_book(flags, start, end, costs)
