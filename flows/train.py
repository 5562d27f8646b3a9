"""Train the model of every symbol of the book."""

from typing import Any

from prefect import flow

from conf import load
from tasks.training import train_model


@flow(name="train")
def train(venue: str | None = None, symbol: str | None = None, timeframe: str | None = None) -> list[dict[str, Any]]:
    """Train one symbol's model, or those of the configured book."""
    trading = load().settings.trading
    symbols = [symbol] if symbol else list(trading.symbols)
    return [train_model(venue or trading.venue, one, timeframe or trading.timeframe) for one in symbols]
