"""What a predictor learns: the return a decision at this bar's close could have had."""

import numpy as np

from models.types import Bars, FloatArray


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
