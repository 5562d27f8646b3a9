"""How far a figure of bars could have come out otherwise, when what belongs together in time is drawn together.

A figure is a function of sums over bars: a mean, a correlation, a difference of two of them. Bars are drawn in blocks
of one length that begin anywhere and go on at the first bar after the last (Politis and Romano, "A Circular
Block-Resampling Procedure for Stationary Data", 1992). A replicate's sums are those of its blocks, so that a hundred
thousand bars are drawn two thousand times within a second. Figures of the same bars and the same seed are drawn alike:
their difference is one of pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.types import BadInput, FloatArray

# Nineteen in twenty replicates lie within.
BOUNDS = (2.5, 97.5)
# Fewer blocks cannot be drawn from.
FEWEST_BLOCKS = 10
REPLICATES = 2000
AT_ONCE = 100
# Of sums of values with a deviation of one: below this, what looks like movement is rounding.
ROUNDING = 1e-9
STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it was, where 95 % of its replicates lie, and their standard deviation."""

    value: float
    low: float
    high: float
    error: float

    def within(self, confidence: float) -> tuple[float, float]:
        """Its bounds by the normal distribution with that `confidence`, 0..1: far tails of replicates are too few."""
        width = STANDARD.inv_cdf(0.5 + confidence / 2.0) * self.error
        return self.value - width, self.value + width


def redrawn(
    columns: FloatArray, figure: Callable[[FloatArray], FloatArray], block: int, seed: int, replicates: int = REPLICATES
) -> Figure | None:
    """The `figure` of `columns` (n_bars, k), one row a bar in their order, zeros where a bar does not count.

    `figure` takes sums (n, k) and gives (n,), NaN where it cannot be had. `block` in bars: several times as long as the
    label, or what overlaps is taken for independent; of four labels the deviation is four hundredths too small.
    None below ten blocks, or where the figure cannot be had. Replicates in which it cannot are left out.

    Raises:
        BadInput: a value is not finite, or a block is shorter than a bar.
    """
    if not np.isfinite(columns).all():
        raise BadInput("a value to be drawn from is not finite; give zeros where a bar does not count")
    if block < 1:
        raise BadInput(f"blocks of {block} bars; 1 draws every bar by itself: take that or more")
    if len(columns) < FEWEST_BLOCKS * block:
        return None
    value = float(figure(columns.sum(axis=0)[None])[0])
    drawn = figure(drawn_sums(columns, block, seed, replicates))
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not drawn.size:
        return None
    low, high = np.percentile(drawn, BOUNDS)
    return Figure(value, float(low), float(high), float(drawn.std()))


def drawn_sums(columns: FloatArray, block: int, seed: int, replicates: int) -> FloatArray:
    """Sums of each column over as many blocks as cover the bars once, shape (replicates, k)."""
    bars = len(columns)
    around = np.concatenate([columns, columns[:block]])
    before = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(around, axis=0)])
    of_block = before[block : block + bars] - before[:bars]
    generator, blocks = np.random.default_rng(seed), -(-bars // block)
    # Not all at once: of many bars that would be much memory.
    sizes = [min(AT_ONCE, replicates - done) for done in range(0, replicates, AT_ONCE)]
    return np.concatenate([of_block[generator.integers(0, bars, (size, blocks))].sum(axis=1) for size in sizes])


def mean(sums: FloatArray) -> FloatArray:
    """Of sums (n, 2) of values and of how many count."""
    return _over(sums[:, 0], sums[:, 1])


def correlation(sums: FloatArray) -> FloatArray:
    """Pearson's, of sums (n, 6) of how many count, x, y, x * x, y * y and x * y; NaN where one of them stands still."""
    count, x, y, xx, yy, xy = sums.T
    return _over(count * xy - x * y, np.sqrt(_positive(count * xx - x * x) * _positive(count * yy - y * y)))


def correlated(x: FloatArray, y: FloatArray) -> FloatArray:
    """Columns (n_bars, 6) for `correlation`; a bar counts where x and y (n_bars,) are finite.

    Both are centred and scaled first, or their squares would lose digits.
    """
    known = np.isfinite(x) & np.isfinite(y)
    one, other = _standard(x, known), _standard(y, known)
    return np.column_stack([known.astype(np.float64), one, other, one * one, other * other, one * other])


def _standard(values: FloatArray, known: np.ndarray) -> FloatArray:
    out = np.zeros(values.size)
    if known.any():
        kept = values[known] - values[known].mean()
        deviation = float(kept.std())
        out[known] = kept / deviation if deviation > 0.0 else 0.0
    return out


def _positive(power: FloatArray) -> FloatArray:
    """Zero where rounding alone is left of it."""
    return np.where(power > ROUNDING, power, 0.0)


def _over(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    out = np.full(numerator.size, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0.0)
    return out
