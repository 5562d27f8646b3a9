"""What a predictor learns: which way the price went first, and what a decision at a bar's close could have earned."""

import math
from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.predictors.uniqueness import average_uniqueness
from models.types import Bars, FloatArray, IntArray

# Of a span of time that no hole exceeds.
ENDLESS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What is known of each bar afterwards, columns of shape (n_bars,).

    Attributes:
        rose: 1.0 where the upper barrier was touched first, or the close at the horizon was higher where neither was;
            0.0 where it was the other way round; NaN where it is not known.
        rose_end: row of the last bar that `rose` depends on; n_bars where it is not known.
        outcome_bps: return from the next bar's open over the horizon, basis points; NaN where it is not known.
        outcome_end: row of the last bar that `outcome_bps` depends on; n_bars where it is not known.
        weight: uniqueness of `rose`, 0..1: how little its span is shared with those of other bars.
    """

    rose: FloatArray
    rose_end: IntArray
    outcome_bps: FloatArray
    outcome_end: IntArray
    weight: FloatArray


def label_bars(bars: Bars, horizon: int, volatility: FloatArray, width: float, longest: int | None) -> Labels:
    """Both labels of each bar with the rows that they end at; arguments as in `triple_barrier`."""
    n = len(bars)
    rose, rose_end = triple_barrier(bars, horizon, volatility, width, longest)
    outcome_bps = forward_returns(bars, horizon, longest)
    outcome_end = np.where(np.isfinite(outcome_bps), np.arange(n) + 1 + horizon, n)
    return Labels(rose, rose_end, outcome_bps, outcome_end, average_uniqueness(rose_end, horizon))


def forward_returns(bars: Bars, horizon: int, longest: int | None) -> FloatArray:
    """Return from the next bar's open over `horizon` bars, basis points, shape (n_bars,).

    The entry is the next open because that is where a decision is filled. NaN for the last horizon + 1 bars, and where
    the bars in between span more than `longest` microseconds: a hole in the data is no profit.
    """
    out = np.full(len(bars), np.nan)
    count = len(bars) - horizon - 1
    if count <= 0:
        return out
    entry, end = slice(1, 1 + count), slice(1 + horizon, 1 + horizon + count)
    out[:count] = (bars.open[end] / bars.open[entry] - 1.0) * 1e4
    if longest is not None:
        out[:count][bars.ts[end] - bars.ts[entry] > longest] = np.nan
    return out


def triple_barrier(
    bars: Bars, horizon: int, volatility: FloatArray, width: float, longest: int | None
) -> tuple[FloatArray, IntArray]:
    """Which barrier the price touches first in the `horizon` bars after each bar: columns `rose`, `rose_end` of Labels.

    The entry is the next bar's open, the barriers are entry * exp(+-width * volatility * sqrt(horizon)), and the third
    one is time: where neither is touched, the close at the horizon is held against the entry (equal did not rise).
    `volatility` (n_bars,) is the deviation of a bar's log return as known at the bar's close, no unit. NaN where it is
    NaN, where the data end first, and where a bar opens more than `longest` microseconds after the entry: what lies
    behind a hole in the data could not be traded. A label depends on the bars after its own up to its end, no others.

    Source: M. Lopez de Prado, Advances in Financial Machine Learning (Wiley, 2018), chapter 3.
    """
    rose, rose_end = np.full(len(bars), np.nan), np.full(len(bars), len(bars), np.int64)
    factor = np.exp(width * math.sqrt(horizon) * volatility)
    last = ENDLESS if longest is None else longest
    _write_first_touches(bars.ts, bars.open, bars.high, bars.low, bars.close, factor, horizon, last, rose, rose_end)
    return rose, rose_end


@compiled
def _write_first_touches(
    ts: IntArray,
    opens: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    factor: FloatArray,
    horizon: int,
    longest: int,
    rose: FloatArray,
    rose_end: IntArray,
) -> None:
    for t in range(close.size - 1):
        if math.isnan(factor[t]):
            continue
        entry = opens[t + 1]
        upper, lower = entry * factor[t], entry / factor[t]
        for k in range(t + 1, min(close.size, t + 1 + horizon)):
            if ts[k] - ts[t + 1] > longest:
                break
            if high[k] >= upper or low[k] <= lower or k == t + horizon:
                rose[t] = _went_up(opens[k], high[k], low[k], close[k], upper, lower, entry)
                rose_end[t] = k
                break


@compiled
def _went_up(opened: float, high: float, low: float, close: float, upper: float, lower: float, entry: float) -> float:
    """1.0 or 0.0 by the bar that decides. A bar's open is its first price; after that the order of its prices is not
    known, so where both barriers were touched its close decides, as it does where neither was.
    """
    if opened >= upper > entry:
        return 1.0
    if opened <= lower < entry:
        return 0.0
    if (high >= upper) != (low <= lower):
        return 1.0 if high >= upper else 0.0
    return 1.0 if close > entry else 0.0
