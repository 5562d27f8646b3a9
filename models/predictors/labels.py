"""What a predictor learns: which way the price went first, and the return that a decision at a bar's close could have had."""

from dataclasses import dataclass

import numpy as np

from models.types import Bars, FloatArray, IntArray


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
