"""Many bootstrapped years of a panel through the full step."""

from models.ensemble.candles import EnsembleFigures, bootstrap_candles

__all__ = ["EnsembleFigures", "bootstrap_candles"]
