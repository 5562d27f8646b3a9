"""Strength and direction of a move."""

from models.indicators.ta_lib import ta_lib
from models.types import FloatArray


def directional_index(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> FloatArray:
    """ADX (Wilder 1978), 0..100, shape (n,); NaN for the first 2 * window - 1 bars (TA-Lib ADX)."""
    index: FloatArray = ta_lib().ADX(high, low, close, timeperiod=window)
    return index


def relative_strength(values: FloatArray, window: int) -> FloatArray:
    """RSI (Wilder 1978), 0..100, shape (n,); NaN for the first `window` bars (TA-Lib RSI)."""
    strength: FloatArray = ta_lib().RSI(values, timeperiod=window)
    return strength
