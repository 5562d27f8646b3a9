"""How regimes hold, follow each other, and agree with the truth where it is known."""

from dataclasses import dataclass

import numpy as np

from models.regime.detected import REGIMES
from models.types import BadInput, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Runs of one regime, columns of shape (n_spells,): its code, its first bar, and how many bars it lasted."""

    regime: IntArray
    first: IntArray
    bars: IntArray

    def mean_bars(self, regime: int | None = None) -> float:
        """Mean length in bars, of one regime or of all; NaN where there is none. The last spell, unended, counts."""
        chosen = self.bars if regime is None else self.bars[self.regime == regime]
        return float(chosen.sum() / chosen.size) if chosen.size else float("nan")


def spells(label: IntArray) -> Spells:
    """The runs of equal labels, in order; `label` has shape (n,)."""
    first = np.flatnonzero(np.append(True, label[1:] != label[:-1])) if label.size else np.empty(0, np.int64)
    return Spells(label[first], first, np.diff(np.append(first, label.size)))


def shares(label: IntArray) -> FloatArray:
    """Share of the bars in each regime, shape (4,); NaN where there is no bar."""
    counts = np.bincount(label, minlength=REGIMES)
    return counts / label.size if label.size else np.full(REGIMES, np.nan)


def transitions(label: IntArray) -> FloatArray:
    """Share of the bars of regime i (row) that are followed by a bar of regime j, shape (4, 4); a row is NaN where the
    regime has no bar that is followed by another.
    """
    counts = confusion(label[:-1], label[1:])
    totals = counts.sum(axis=1, keepdims=True)
    return np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)


def switches(label: IntArray) -> int:
    """How often the label differs from the bar before."""
    return int(np.count_nonzero(label[1:] != label[:-1]))


def switches_per_year(label: IntArray, bars_per_year: float) -> float:
    """Switches a year of `bars_per_year` bars; NaN where there are fewer than two bars."""
    return switches(label) / (label.size - 1) * bars_per_year if label.size > 1 else float("nan")


def thrash_rate(label: IntArray, within_bars: int) -> float:
    """Share of the switches that are taken back within so many bars: a spell that ends, no longer than that, in the
    regime that was before it. NaN where nothing switched.
    """
    found = spells(label)
    if found.regime.size < 2:
        return float("nan")
    back = (found.regime[2:] == found.regime[:-2]) & (found.bars[1:-1] <= within_bars)
    return float(np.count_nonzero(back) / (found.regime.size - 1))


def confusion(truth: IntArray, label: IntArray) -> IntArray:
    """Bars by true regime (row) and label (column), shape (4, 4).

    Raises:
        BadInput: the two have not the same number of bars.
    """
    if truth.size != label.size:
        raise BadInput(f"{truth.size} bars of truth cannot be held against {label.size} labels: give one for each")
    counts = np.bincount(truth * REGIMES + label, minlength=REGIMES * REGIMES)
    return counts.reshape(REGIMES, REGIMES).astype(np.int64)


def accuracy(truth: IntArray, label: IntArray) -> float:
    """Share of the bars whose label is the truth; NaN where there is no bar."""
    table = confusion(truth, label)
    return float(np.trace(table) / truth.size) if truth.size else float("nan")
