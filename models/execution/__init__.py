"""How orders are filled, in backtest and on paper alike."""

from models.execution.fills import market_fill

__all__ = ["market_fill"]
