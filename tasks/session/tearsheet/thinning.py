"""Long series for pictures: fewer points, and none of the extremes lost."""

import numpy as np

from models.types import BoolArray, FloatArray, IntArray, Regime

# More than a screen has columns, few enough for a browser to stay quick.
MOST_POINTS = 4000
MOST_BANDS = 1000
NONE = -1


def thinned(*series: FloatArray, keep: tuple[int, ...] = ()) -> IntArray:
    """Rows of the series, each of shape (n,), that a picture of them needs, ascending: all where there are few, else
    both ends, the least and the greatest value of each series in each of equal stretches, and the rows of `keep`.

    A value that is not finite is never an extreme.
    """
    count = series[0].size
    if count <= MOST_POINTS:
        return np.arange(count)
    width = -(-count * 2 * len(series) // MOST_POINTS)
    firsts = np.arange(0, count, width)
    chosen = [np.array([0, count - 1, *keep])]
    for one in series:
        for sign in (1.0, -1.0):
            ranked = np.full(firsts.size * width, np.inf)
            ranked[:count] = np.where(np.isfinite(one), sign * one, np.inf)
            chosen.append(firsts + ranked.reshape(firsts.size, width).argmin(axis=1))
    return np.unique(np.concatenate(chosen))


def deepest(equity: FloatArray) -> tuple[int, int]:
    """Rows of the peak and of the trough of the deepest drawdown of `equity`, shape (n,)."""
    trough = int(np.argmin(drawdown(equity)))
    return int(np.argmax(equity[: trough + 1])), trough


def drawdown(equity: FloatArray) -> FloatArray:
    """Distance from the highest value before, 0 to -1; -1 where there was nothing to lose."""
    peaks = np.maximum.accumulate(equity)
    positive = peaks > 0.0
    return np.where(positive, np.maximum(equity, 0.0) / np.where(positive, peaks, 1.0), 0.0) - 1.0


def bands(regime: IntArray) -> dict[Regime, list[tuple[int, int]]]:
    """First and last row of each stretch of one regime (or specialist in charge), by regime, `regime` of shape (n,);
    the last row is the first of the next stretch. Where there are more than a picture can show, equal stretches have
    their most frequent regime. Other codes have no stretch.
    """
    rows = np.arange(regime.size)
    changed = _changes(regime)
    if changed.sum() > MOST_BANDS:
        width = -(-regime.size // MOST_BANDS)
        rows = rows[::width]
        counts = np.stack([np.add.reduceat(regime == one, rows, dtype=np.int64) for one in Regime])
        regime = np.where(counts.any(axis=0), np.array(list(Regime))[counts.argmax(axis=0)], NONE)
        changed = _changes(regime)
    begins = rows[changed]
    ends = np.append(begins[1:], rows.size and rows[-1])
    kinds = regime[changed]
    return {
        one: [(int(a), int(b)) for a, b in zip(begins[kinds == one], ends[kinds == one], strict=True)] for one in Regime
    }


def _changes(regime: IntArray) -> BoolArray:
    changed: BoolArray = np.append(True, regime[1:] != regime[:-1])
    return changed
