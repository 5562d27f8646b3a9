"""Train models of every series of the book."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.training import train_models


@flow(name="train")
@shielded
def train(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    models: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Train on the configured book, or on what the parameters say instead; `models` are those of the command line,
    none: those that the router listens to.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    flags = {"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe}
    return train_models(flags, models or [])
