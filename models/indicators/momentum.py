"""Strength and direction of a move."""

from models.indicators.ta_lib import ta_lib
from models.kernels import compiled
from models.types import FloatArray


def directional_index(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> FloatArray:
    """ADX (Wilder 1978), 0..100, shape (n,); NaN for the first 2 * window - 1 bars (TA-Lib ADX)."""
    index: FloatArray = ta_lib().ADX(high, low, close, timeperiod=window)
    return index


def relative_strength(values: FloatArray, window: int) -> FloatArray:
    """RSI (Wilder 1978), 0..100, shape (n,); NaN for the first `window` bars (TA-Lib RSI)."""
    strength: FloatArray = ta_lib().RSI(values, timeperiod=window)
    return strength


def stochastic(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> FloatArray:
    """Fast %K (Lane 1984): where the close lies between the lowest low (0) and the highest high (100) of the last
    `window` bars, shape (n,); NaN for the first window - 1 bars (TA-Lib STOCHF). 50 where they have no range: TA-Lib
    says 0 there, which means oversold.
    """
    place: FloatArray
    place, _ = ta_lib().STOCHF(high, low, close, fastk_period=window, fastd_period=1)
    _write_middle(high, low, window, place)
    return place


@compiled
def _write_middle(high: FloatArray, low: FloatArray, window: int, place: FloatArray) -> None:
    """Write 50 where all of the last `window` bars stand at one price: where none of their highs is above a close that
    is at 0, which no low is below.
    """
    for t in range(window - 1, place.size):
        if high[t] == low[t] and place[t] == 0.0:
            first = t - 1
            while first > t - window and high[first] == low[t]:
                first -= 1
            if first <= t - window:
                place[t] = 50.0
