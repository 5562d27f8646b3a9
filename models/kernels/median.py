"""The median of a window, by counting ranks: n log n over the whole series, however wide the window is."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray, IntArray


@compiled
def rolling_median(values: FloatArray, window: int, least: int) -> FloatArray:
    """Median of the last `window` values, shape (n,); NaNs do not count, and below `least` of the others it is NaN.

    The median of an even number is half the sum of the two in the middle. Ranks over the whole series only decide
    where to look: what is found are the window's own values, so a value never depends on later ones.
    """
    out = np.full(values.size, math.nan)
    order = np.argsort(values)
    rank = np.empty(values.size, np.int64)
    for k in range(order.size):
        rank[order[k]] = k
    counts = np.zeros(values.size + 1, np.int64)
    inside = 0
    for t in range(values.size):
        if not math.isnan(values[t]):
            _count(counts, rank[t], 1)
            inside += 1
        if t >= window and not math.isnan(values[t - window]):
            _count(counts, rank[t - window], -1)
            inside -= 1
        if inside >= max(least, 1):
            low = values[order[_ranked(counts, (inside - 1) // 2)]]
            high = low if inside % 2 else values[order[_ranked(counts, inside // 2)]]
            out[t] = low if inside % 2 else (low + high) / 2.0
    return out


@compiled
def _count(counts: IntArray, rank: int, change: int) -> None:
    """Fenwick 1994: `counts` holds sums over ranges of ranks."""
    k = rank + 1
    while k < counts.size:
        counts[k] += change
        k += k & -k


@compiled
def _ranked(counts: IntArray, before: int) -> int:
    """Rank of the value that has `before` values below it in the window."""
    step = 1
    while step * 2 < counts.size:
        step *= 2
    at = 0
    while step > 0:
        if at + step < counts.size and counts[at + step] <= before:
            at += step
            before -= counts[at]
        step //= 2
    return at
