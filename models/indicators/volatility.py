"""How much prices move."""

import math

import numpy as np
import pandas as pd
import talib

from models.kernels import compiled, ratio, rolling_std
from models.types import Bars, FloatArray

# VIX's long-run median: it puts the realised index on VIX's scale, so that one table of thresholds serves both.
VIX_MEDIAN = 17.6


def average_true_range(bars: Bars, window: int) -> FloatArray:
    """ATR (Wilder 1978) in quote currency, shape (n,); NaN for the first `window` bars (TA-Lib ATR)."""
    return talib.ATR(bars.high, bars.low, bars.close, timeperiod=window)


@compiled
def log_returns(close: FloatArray) -> FloatArray:
    """ln(close[t] / close[t-1]), shape (n,); NaN at the first bar."""
    out = np.full(close.size, math.nan)
    for t in range(1, close.size):
        out[t] = math.log(close[t] / close[t - 1])
    return out


def realised_volatility(close: FloatArray, window: int) -> FloatArray:
    """Standard deviation of log returns per bar over the last `window` returns, shape (n,); NaN before."""
    return rolling_std(log_returns(close), window)


def volatility_index(close: FloatArray, week: int, year: int) -> FloatArray:
    """Realised volatility over a week, relative to its trailing one-year median, on VIX's scale; shape (n,).

    `week` and `year` are in bars. The median runs over at least a quarter of a year; NaN before that. Annualising
    would cancel in the ratio.
    """
    volatility = realised_volatility(close, week)
    median = pd.Series(volatility).rolling(year, min_periods=max(1, year // 4)).median().to_numpy()
    return ratio(volatility, median) * VIX_MEDIAN
