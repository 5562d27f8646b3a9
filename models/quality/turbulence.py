"""Bars on which a market moves far more than it usually does; verdicts depend on their bar and earlier ones only."""

import math

from models.kernels import compiled, rolling_median
from models.types import BoolArray, FloatArray

# Bars that the true range is averaged over (Wilder 1978), and bars whose median is what is usual. At four times the
# median this finds 0.6 % of hourly bitcoin 2017-2024 and 0.02 to 0.63 % of eight funds' days; the range of a single
# bar finds 0.9 to 3 %.
AVERAGED = 14
USUAL = 250
FEWEST = 100


def turbulent(high: FloatArray, low: FloatArray, close: FloatArray, split: FloatArray, ratio: float) -> BoolArray:
    """Bars whose mean true range is more than `ratio` times its own median, shape (n,).

    Ranges are fractions of the close before. `split`: new units for an old one at each bar, 1.0 where nothing happened.
    Nothing is found before the median of FEWEST means is known.
    """
    mean = mean_ranges(high, low, close, split)
    found: BoolArray = mean > ratio * rolling_median(mean, USUAL, FEWEST)
    return found


@compiled
def mean_ranges(high: FloatArray, low: FloatArray, close: FloatArray, split: FloatArray) -> FloatArray:
    """Mean true range of the last AVERAGED bars, fraction of the close before each; NaN for the first of them."""
    ranges = close.copy()
    means = close.copy()
    for i in range(close.size):
        means[i] = math.nan
        if i > 0:
            before = close[i - 1] / split[i]
            ranges[i] = (max(high[i], before) - min(low[i], before)) / before
        if i >= AVERAGED:
            total = 0.0
            for k in range(i + 1 - AVERAGED, i + 1):
                total += ranges[k]
            means[i] = total / AVERAGED
    return means
