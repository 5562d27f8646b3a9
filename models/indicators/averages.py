"""Averages of price."""

import talib

from models.types import FloatArray


def simple_average(values: FloatArray, window: int) -> FloatArray:
    """Mean of the last `window` values, shape (n,); NaN for the first window - 1 (TA-Lib SMA)."""
    return talib.SMA(values, timeperiod=window)
