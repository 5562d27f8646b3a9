"""What a feed that has stopped looks like: bars without trades, and holes, judged when the next bar has closed."""

import numpy as np

from models.kernels import compiled
from models.quality.density import WINDOW, implausible
from models.quality.gaps import absent_runs
from models.types import BoolArray, FloatArray, IntArray

# Bars in a row without a trade or a move, from which on the feed is taken for frozen, ...
FROZEN = 5
# ... where of the bars before them, this many at most and FEWEST at least, not more than one in RARELY had no volume.
USUAL = 1000
FEWEST = 100
RARELY = 100
# Bars after a hole until the series has a footing again: the shortest return of several bars no longer spans it.
AFTER_HOLE = 5


@compiled
def frozen(high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray) -> BoolArray:
    """Bars of a run without volume at one price, from its bar FROZEN on, where volume is usual; shape (n,)."""
    found = np.zeros(close.size, np.bool_)
    empty = 0
    run = 0
    usual = False
    for i in range(close.size):
        if run == 0:
            usual = min(i, USUAL) >= FEWEST and empty * RARELY <= min(i, USUAL)
        still = i > 0 and volume[i] == 0.0 and high[i] == low[i] and close[i] == close[i - 1]
        run = run + 1 if still else 0
        found[i] = usual and run >= FROZEN
        empty += volume[i] == 0.0
        if i >= USUAL:
            empty -= volume[i - USUAL] == 0.0
    return found


def after_holes(ts: IntArray, expected: IntArray) -> BoolArray:
    """The first AFTER_HOLE bars after every hole that the past makes implausible, shape (n,)."""
    found = np.zeros(ts.size, np.bool_)
    first, last = absent_runs(ts, expected)
    for bar in np.searchsorted(ts, expected[last[implausible(first, last, expected.size, WINDOW, 0)]]).tolist():
        if bar > 0:
            found[bar : bar + AFTER_HOLE] = True
    return found
