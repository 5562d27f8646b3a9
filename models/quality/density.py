"""How long a market stays quiet: whether a run of absent bars is plausible beside the runs around it.

Trades come in clusters, so no independence is assumed: the lengths of the other runs nearby, of all hours of the day,
say how long a quiet stretch gets. Their 90 % and 99 % quantiles give the length that one decade of rarity adds; a run
is implausible when it is longer than the 99 % quantile by BEYOND such decades.
"""

import numpy as np

from models.kernels import compiled
from models.types import BoolArray, IntArray

# Expected bars on each side whose runs count: a week of minutes, a month of five minutes.
WINDOW = 10_000
# Decades of rarity beyond one run in a hundred. The outages that all coins of a venue share are 1.3 to 2000 times the
# limit; of the 246,000 runs in the thin minutes of 2013 to 2016, 21 are above it and the next one is at 0.98.
BEYOND = 8
# A bad day leaves several holes in a row; the longest runs of the window, as many as this, are no evidence of quiet.
HOLES = 8
# With no more runs than this per present bar (and HOLES), a market trades in every bar: each absent one is missing.
DENSE = 0.001
LONGEST = 2048


@compiled
def implausible(first: IntArray, last: IntArray, count: int, behind: int, ahead: int) -> BoolArray:
    """Which runs of absent bars are no quiet stretch, shape (n_runs,).

    `first` and `last` are positions among `count` expected bars, ascending; a run is held against the others within
    `behind` bars before and `ahead` bars after it. With `ahead` 0 a verdict depends on the past only.
    """
    verdicts = np.zeros(first.size, np.bool_)
    lengths = np.zeros(LONGEST + 1, np.int64)
    absent = 0
    oldest = 0
    newest = 0
    for i in range(first.size):
        while newest < first.size and (newest <= i or first[newest] <= last[i] + ahead):
            lengths[min(last[newest] - first[newest] + 1, LONGEST)] += 1
            absent += last[newest] - first[newest] + 1
            newest += 1
        while last[oldest] < first[i] - behind:
            lengths[min(last[oldest] - first[oldest] + 1, LONGEST)] -= 1
            absent -= last[oldest] - first[oldest] + 1
            oldest += 1
        begin = max(0, first[i] - behind)
        end = min(count - 1, last[i] + ahead)
        outside = max(0, begin - first[oldest]) + max(0, last[newest - 1] - end)
        present = end - begin + 1 - (absent - outside)
        others = newest - oldest - 1 - HOLES
        length = last[i] - first[i] + 1
        verdicts[i] = others <= DENSE * present or length > _longest(lengths, others)
    return verdicts


@compiled
def _longest(lengths: IntArray, others: int) -> int:
    """The longest plausible run by the counts of `lengths`, of which `others` are evidence.

    The run in question is among them: it is counted only once the quantiles reach its length, and then it is plausible.
    """
    usual = 0
    reached = 0
    for length in range(1, LONGEST + 1):
        reached += lengths[length]
        if usual == 0 and reached >= 0.9 * others:
            usual = length
        if reached >= 0.99 * others:
            return length + BEYOND * max(length - usual, 1)
    return LONGEST
