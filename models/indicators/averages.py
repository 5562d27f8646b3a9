"""Averages of price."""

from models.indicators.ta_lib import ta_lib
from models.types import FloatArray


def simple_average(values: FloatArray, window: int) -> FloatArray:
    """Mean of the last `window` values, shape (n,); NaN for the first window - 1 (TA-Lib SMA)."""
    average: FloatArray = ta_lib().SMA(values, timeperiod=window)
    return average
