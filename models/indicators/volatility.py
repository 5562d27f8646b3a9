"""How much prices move."""

import math

import numpy as np

from models.indicators.ta_lib import ta_lib
from models.kernels import compiled, ratio, rolling_median, rolling_std
from models.types import FloatArray

# VIX's long-run median: it puts the realised index on VIX's scale, so that one table of thresholds serves both.
VIX_MEDIAN = 17.6


def average_true_range(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> FloatArray:
    """ATR (Wilder 1978) in quote currency, shape (n,); NaN for the first `window` bars (TA-Lib ATR)."""
    true_range: FloatArray = ta_lib().ATR(high, low, close, timeperiod=window)
    return true_range


def log_returns(close: FloatArray) -> FloatArray:
    """ln(close[t] / close[t-1]), shape (n,); NaN at the first bar."""
    out = np.empty(close.size)
    write_log_returns(close, out)
    return out


@compiled
def write_log_returns(close: FloatArray, out: FloatArray) -> None:
    """Write what `log_returns` gives into `out`, shape (n,)."""
    out[:1] = math.nan
    for t in range(1, close.size):
        out[t] = math.log(close[t] / close[t - 1])


def realised_volatility(close: FloatArray, window: int) -> FloatArray:
    """Standard deviation of log returns per bar over the last `window` returns, shape (n,); NaN for the first `window`
    bars.
    """
    return rolling_std(log_returns(close), window)


def relative_volatility(volatility: FloatArray, year: int) -> FloatArray:
    """Volatility relative to its trailing one-year median, on VIX's scale; shape (n,).

    `year` is in bars. The median runs over at least a quarter of a year: NaN until max(1, year // 4) volatilities are
    known. Annualising would cancel in the ratio.
    """
    return ratio(volatility, rolling_median(volatility, year, max(1, year // 4))) * VIX_MEDIAN


def volatility_index(close: FloatArray, week: int, year: int) -> FloatArray:
    """`relative_volatility` of the realised volatility over a week, shape (n,); `week` and `year` are in bars. NaN for
    the first week + max(1, year // 4) - 1.
    """
    return relative_volatility(realised_volatility(close, week), year)
