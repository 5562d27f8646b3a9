"""Strength and direction of a move."""

import talib

from models.types import FloatArray


def directional_index(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> FloatArray:
    """ADX (Wilder 1978), 0..100, shape (n,); NaN for the first 2 * window - 1 bars (TA-Lib ADX)."""
    return talib.ADX(high, low, close, timeperiod=window)


def relative_strength(values: FloatArray, window: int) -> FloatArray:
    """RSI (Wilder 1978), 0..100, shape (n,); NaN for the first `window` bars (TA-Lib RSI)."""
    return talib.RSI(values, timeperiod=window)
