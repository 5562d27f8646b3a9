"""How much of what a label says is said by no other: labels that look at the same bars are no independent evidence."""

import numpy as np

from models.types import FloatArray, IntArray


def average_uniqueness(ends: IntArray, horizon: int) -> FloatArray:
    """Average uniqueness of labels that span the bars after their own up to `ends`, shape (n_bars,), 0..1.

    A bar that c labels span is worth 1 / c to each of them, and a label weighs the mean of its bars. `ends` (n_bars,)
    is the row of each label's last bar, n_bars where it is not known: such a label weighs nothing, but takes its part
    of the `horizon` bars that it may span, because only bars to come tell that it stays unknown. So a weight depends
    on the bars up to its label's end alone. Takes time in proportion to n_bars.

    Source: M. Lopez de Prado, Advances in Financial Machine Learning (Wiley, 2018), chapter 4.
    """
    n = ends.size
    rows = np.arange(n)
    stops = np.minimum(np.where(ends < n, ends, rows + horizon) + 1, n)
    changes = np.bincount(rows + 1, minlength=n + 1) - np.bincount(stops, minlength=n + 1)
    spanning = np.cumsum(changes)[:n]
    # The first bar is spanned by none; its worth is never asked for.
    worth = np.concatenate([[0.0], np.cumsum(1.0 / np.maximum(spanning, 1))])
    out = np.zeros(n)
    known = np.flatnonzero(ends < n)
    out[known] = (worth[stops[known]] - worth[known + 1]) / (stops[known] - known - 1)
    return out
