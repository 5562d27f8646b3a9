"""What a part adds to a whole out of sample: the same bars with and without it, held against chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evidence.redrawn import Figure, correlated, correlation, mean, redrawn
from models.predictors.reliability import surprise
from models.types import FloatArray

ADDS, UNKNOWN, HARMS, NOTHING = "adds", "cannot be told", "harms", "changes nothing"
# Chance that one of all the rows of a report is called what it is not.
DOUBT = 0.05
# Of losses in nats, correlations and basis points alike: a part that says nothing may still move the last bits.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was added, within bounds that hold for all rows of a report at once, and what may be said of it."""

    value: float
    low: float
    high: float
    finding: str


def verdicts(added: Sequence[Figure | None]) -> list[Verdict | None]:
    """Of the rows of a report, None where there is no figure.

    Bounds have a confidence of 1 - 0.05 / n for n figures (Bonferroni), so that with a chance of 95 % none of them is
    wrong, however the rows depend on each other. Adds: all of it above zero; harms: all of it below. Where bar for bar
    nothing is different there is nothing to be wrong about, and the row does not count.
    """
    count = sum(one is not None and not _idle(one) for one in added)
    return [None if one is None else _verdict(one, count) for one in added]


def log_losses(probability: FloatArray, rose: FloatArray) -> FloatArray:
    """-ln(probability of what happened) of each bar, nats, shape (n_bars,); NaN where either is not known."""
    return np.where(np.isfinite(rose), surprise(probability, rose), np.nan)


def less_loss(whole: FloatArray, without: FloatArray, block: int, seed: int) -> Figure | None:
    """Mean by which the loss of each bar (n_bars,) is lower in the `whole` than `without`, over bars where both are
    known: above zero where the part helps.
    """
    gain = without - whole
    known = np.isfinite(gain)
    return redrawn(np.column_stack([np.where(known, gain, 0.0), known]), mean, block, seed)


def more_correlation(
    whole: FloatArray, without: FloatArray, outcome: FloatArray, block: int, seed: int
) -> Figure | None:
    """By how much the edges of the `whole` (n_bars,) correlate better with the `outcome` than those `without`, over
    bars where all three are known; one whose edge stands still has no correlation, and counts as zero.
    """
    known = np.isfinite(whole) & np.isfinite(without) & np.isfinite(outcome)
    kept = [np.where(known, one, np.nan) for one in (whole, without, outcome)]
    columns = np.column_stack([correlated(kept[0], kept[2]), correlated(kept[1], kept[2])])
    return redrawn(columns, _difference, block, seed)


def _difference(sums: FloatArray) -> FloatArray:
    return np.nan_to_num(correlation(sums[:, :6])) - np.nan_to_num(correlation(sums[:, 6:]))


def _verdict(one: Figure, count: int) -> Verdict:
    if _idle(one):
        return Verdict(0.0, 0.0, 0.0, NOTHING)
    low, high = one.within(1.0 - DOUBT / count)
    finding = ADDS if low > 0.0 else HARMS if high < 0.0 else UNKNOWN
    return Verdict(one.value, low, high, finding)


def _idle(one: Figure) -> bool:
    return max(abs(one.value), one.error) < ROUNDING
