"""Whether a value at risk was exceeded as often as it should be, and without clustering.

`violations` are of shape (n_days,), True where the loss was larger than the value at risk that was known before.
"""

import math
from typing import NamedTuple

import numpy as np

from models.types import BadInput, BoolArray


class Kupiec(NamedTuple):
    """`statistic`: likelihood ratio, chi-squared with one degree of freedom; `p`: its chance under the right rate."""

    days: int
    violations: int
    rate: float
    statistic: float
    p: float


class Christoffersen(NamedTuple):
    """`independence`: likelihood ratio that a violation does not depend on the day before (one degree of freedom);
    `conditional`: the same and the right rate together (two); each with its p.
    """

    independence: float
    independence_p: float
    conditional: float
    conditional_p: float


def kupiec(violations: BoolArray, confidence: float) -> Kupiec:
    """Proportion of failures (Kupiec, "Techniques for verifying the accuracy of risk measurement models", Journal of
    Derivatives 3(2), 1995).

    Raises:
        BadInput: there is no day.
    """
    days, failed = violations.size, int(violations.sum())
    if not days:
        raise BadInput("found no day with a known value at risk; give a longer history")
    rate = failed / days
    expected = _likelihood(days - failed, failed, 1.0 - confidence)
    statistic = max(0.0, 2.0 * (_likelihood(days - failed, failed, rate) - expected))
    return Kupiec(days, failed, rate, statistic, one_degree(statistic))


def christoffersen(violations: BoolArray, confidence: float) -> Christoffersen:
    """Independence and conditional coverage (Christoffersen, "Evaluating interval forecasts", International Economic
    Review 39, 1998), by the steps from each day to the next; coverage is that of `kupiec`.

    Raises:
        BadInput: there is no day.
    """
    coverage = kupiec(violations, confidence).statistic
    before, after = violations[:-1], violations[1:]
    calm, hit = (_steps(before, after, came) for came in (False, True))
    together = (calm[0] + hit[0], calm[1] + hit[1])
    apart = _likelihood(*calm, _share(calm)) + _likelihood(*hit, _share(hit))
    independence = max(0.0, 2.0 * (apart - _likelihood(*together, _share(together))))
    conditional = coverage + independence
    return Christoffersen(independence, one_degree(independence), conditional, math.exp(-conditional / 2.0))


def one_degree(statistic: float) -> float:
    """Chance that a chi-squared variable with one degree of freedom is larger."""
    return math.erfc(math.sqrt(statistic / 2.0))


def _steps(before: BoolArray, after: BoolArray, came: bool) -> tuple[int, int]:
    """Days without and with a violation behind a day that had one or had none."""
    chosen = after[before == came]
    return int(np.sum(~chosen)), int(np.sum(chosen))


def _share(steps: tuple[int, int]) -> float:
    return steps[1] / sum(steps) if sum(steps) else 0.0


def _likelihood(kept: int, failed: int, rate: float) -> float:
    """Log likelihood of independent days, 0 log 0 being 0."""
    found = 0.0
    if kept:
        found += kept * math.log1p(-rate)
    if failed:
        found += failed * math.log(rate)
    return found
