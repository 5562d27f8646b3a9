"""The range that prices have kept to of late, and how near to its edges they are."""

import math
from typing import NamedTuple

import numpy as np

from models.indicators import relative_strength, stochastic, write_extreme
from models.kernels import compiled
from models.types import BadInput, Bars, FloatArray

SHORTEST, LONGEST = 10, 50


class RangeFigures(NamedTuple):
    """Columns of shape (n_bars,), of the last `period` bars, this one included.

    Attributes:
        low: their lowest low as a fraction of this bar's close, at most 1; NaN for the first period - 1 bars.
        high: their highest high as a fraction of the same close, at least 1; NaN for the first period - 1 bars.
        width: (highest high - lowest low) / (ATR * sqrt(period)): about 1 is as wide as chance, less is a range; NaN
            where `low` is, where the ATR is NaN or zero, and where the bars have no range: that is a halt.
        oscillator: mean of (50 - RSI(period)) / 50 and (50 - %K(period)) / 50: -1 overbought .. 1 oversold; NaN for the
            first `period` bars, 0 where the bars have no range.
    """

    low: FloatArray
    high: FloatArray
    width: FloatArray
    oscillator: FloatArray


def range_figures(bars: Bars, atr: FloatArray, period: int) -> RangeFigures:
    """The range of the last `period` bars (10..50); `atr` is the bars' ATR in quote currency, shape (n_bars,).

    A random walk without drift is expected to cover sqrt(8 / pi) * sigma * sqrt(n) in n bars (Feller 1951, The
    asymptotic distribution of the range of sums of independent random variables, Annals of Mathematical Statistics
    22(3); so Parkinson 1980 estimates sigma from the range). One bar's range is the case n = 1, and ATR its average: so
    ATR * sqrt(n) is what chance covers, and the factor is none of our business.

    Raises:
        BadInput: `period` is out of bounds.
    """
    if not SHORTEST <= period <= LONGEST:
        raise BadInput(f"a range is of {SHORTEST} to {LONGEST} bars, not of {period}: give a period within these")
    figures = RangeFigures(*(np.empty(len(bars)) for _ in RangeFigures._fields))
    lowest, highest = np.empty(len(bars)), np.empty(len(bars))
    write_extreme(bars.low, period, False, lowest)
    write_extreme(bars.high, period, True, highest)
    strength = relative_strength(bars.close, period)
    place = stochastic(bars.high, bars.low, bars.close, period)
    _write_figures(bars.close, lowest, highest, atr, math.sqrt(period), strength, place, *figures)
    return figures


@compiled
def _write_figures(
    close: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
    atr: FloatArray,
    steps: float,
    strength: FloatArray,
    place: FloatArray,
    low: FloatArray,
    high: FloatArray,
    width: FloatArray,
    oscillator: FloatArray,
) -> None:
    for t in range(close.size):
        low[t] = lowest[t] / close[t]
        high[t] = highest[t] / close[t]
        span = highest[t] - lowest[t]
        width[t] = span / (atr[t] * steps) if span > 0.0 and atr[t] > 0.0 else math.nan
        oscillator[t] = ((50.0 - strength[t]) / 50.0 + (50.0 - place[t]) / 50.0) / 2.0
        if span == 0.0 and not math.isnan(oscillator[t]):
            oscillator[t] = 0.0
