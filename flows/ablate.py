"""What each model, alpha and feature group is worth out of sample, after costs."""

from typing import Any

from prefect import flow

from tasks.ablation import ablate_models
from tasks.adapters.redaction import shielded


@flow(name="ablate")
@shielded
def ablate(
    venue: str | None = None, symbol: str | list[str] | None = None, timeframe: str | None = None
) -> dict[str, Any]:
    """Measure the models of the configured symbols, or of what the parameters say instead."""
    symbols = [symbol] if isinstance(symbol, str) else symbol
    return ablate_models({"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe})
