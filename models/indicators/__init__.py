"""Indicators by TA-Lib under names of our own; ours only where TA-Lib has none."""

from models.indicators.averages import simple_average
from models.indicators.extremes import write_extreme
from models.indicators.momentum import directional_index, relative_strength, stochastic
from models.indicators.volatility import (
    average_true_range,
    log_returns,
    realised_volatility,
    relative_volatility,
    volatility_index,
    write_log_returns,
)

__all__ = [
    "average_true_range",
    "directional_index",
    "log_returns",
    "realised_volatility",
    "relative_strength",
    "relative_volatility",
    "simple_average",
    "stochastic",
    "volatility_index",
    "write_extreme",
    "write_log_returns",
]
