"""Whether the world has left what a model learnt from: its inputs, what it says, and how right it is.

Whatever is measured of the newest bars is held against the same figure of every stretch of as many bars of the time
before: bars are no independent draws, a slow input differs from its own past in any two months, and fifty noisy bars
are no verdict. So a figure counts only where it is beyond its limit and beyond what USUAL of those stretches had.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.predictors.reliability import FEWEST_PAIRS, expected_calibration_error, surprise
from models.predictors.shifts import (
    bins_of,
    chance_of,
    distance,
    independent_bars,
    quantile_edges,
    stability_index,
)
from models.types import FloatArray, IntArray

# Of a measure's own past that has to be below the present, and of how many stretches that past is at least.
USUAL = 0.95
LEAST_STRETCHES = 20
# With fewer new bars nothing is said.
LEAST_BARS = FEWEST_PAIRS


@dataclass(frozen=True, slots=True)
class Limits:
    """`population_shift` of an input (index), `shifted_share` of all inputs, `loss`: rise of the log loss, nats."""

    population_shift: float
    shifted_share: float
    loss: float


@dataclass(frozen=True, slots=True)
class InputShift:
    """One input on the newest bars beside the training's.

    Attributes:
        index: population stability index of the newest bars by the training's tenths.
        usual: what USUAL of the training's own stretches stay below, each beside the rest of the training.
        distance: Kolmogorov's and Smirnov's, 0..1; NaN where a side has no figure.
        shifted: whether `index` is beyond the limit and beyond `usual`.
    """

    name: str
    index: float
    usual: float
    distance: float
    shifted: bool


@dataclass(frozen=True, slots=True)
class OutputShift:
    """What the model says, probability that the price rises first, in the walk-forward and on the newest bars.

    `before` and `after` are means, `distance` is Kolmogorov's and Smirnov's, `chance` how probable at least that one is
    between samples of one population with as many independent figures.
    """

    before: float
    after: float
    distance: float
    chance: float


@dataclass(frozen=True, slots=True)
class Performance:
    """How right the model is on the newest `bars` whose outcome is known by now, beside its walk-forward.

    Attributes:
        loss, reference_loss: mean of -ln(probability of what happened), nats.
        error, reference_error: expected calibration error, 0..1; it is greater on few bars than on many, which is why
            `usual_error` and not `reference_error` is its measure.
        usual_loss, usual_error: what USUAL of the walk-forward's own stretches of as many bars stay below.
    """

    bars: int
    loss: float
    reference_loss: float
    usual_loss: float
    error: float
    reference_error: float
    usual_error: float


@dataclass(frozen=True, slots=True)
class Drift:
    """What is found, and what of it is drift.

    Attributes:
        bars: how many of the newest were looked at.
        inputs: in the order of the model's.
        share: of the inputs that have shifted; zero without inputs.
        output, performance: None where there are too few bars.
        reasons: why it has drifted; empty where it has not, or where nothing can be said.
    """

    bars: int
    inputs: tuple[InputShift, ...]
    share: float
    output: OutputShift | None
    performance: Performance | None
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """One sentence for a person."""
        if self.reasons:
            return f"drifted: {'; '.join(self.reasons)}"
        if not self.inputs and self.performance is None:
            return f"nothing can be said: {self.bars} new bars, it takes {LEAST_BARS} to say something"
        return "not drifted"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Bars on which the model spoke and whose outcome is known, ascending: its calibrated `probability` that the price
    rises first, and whether it `rose` (1.0 or 0.0), shape (n,).
    """

    probability: FloatArray
    rose: FloatArray


def newest_bars(before: int, wanted: int) -> int:
    """How many of the newest bars are looked at: `wanted`, or so few that the time before has enough such stretches."""
    return min(wanted, before // LEAST_STRETCHES)


def drift_of(
    names: tuple[str, ...], learnt: FloatArray, newest: FloatArray, before: Judged, after: Judged, limits: Limits
) -> Drift:
    """Hold the newest bars against what was before.

    `learnt` (n_bars, n_inputs) are the inputs of the training, `newest` (m_bars, n_inputs) those of the bars after it,
    `before` the walk-forward's words and `after` those about bars after the training. Of `newest` and `after` only so
    many of the last are taken as `newest_bars` allows. NaN inputs are a bin of their own.
    """
    bars = newest_bars(len(learnt), len(newest))
    enough = bars >= LEAST_BARS
    inputs = input_shifts(names, learnt, newest[len(newest) - bars :], limits.population_shift) if enough else ()
    share = sum(one.shifted for one in inputs) / max(len(inputs), 1)
    known = newest_bars(before.rose.size, after.rose.size)
    last = Judged(*(getattr(after, name)[after.rose.size - known :] for name in Judged.__slots__))
    output = output_shift(before.probability, last.probability) if known >= LEAST_BARS else None
    found = performance(before, last) if known >= LEAST_BARS else None
    return Drift(bars, inputs, share, output, found, _reasons(inputs, share, found, limits))


def input_shifts(
    names: tuple[str, ...], learnt: FloatArray, newest: FloatArray, limit: float
) -> tuple[InputShift, ...]:
    """Shift of each input; shapes as in `drift_of`. `newest` is one bar at least, and no longer than `learnt`."""
    return tuple(_shift(name, learnt[:, k], newest[:, k], limit) for k, name in enumerate(names))


def output_shift(before: FloatArray, after: FloatArray) -> OutputShift:
    """Both are probabilities, finite and at least one, shape (n,) and (m,)."""
    found = distance(before, after)
    chance = chance_of(found, independent_bars(before), independent_bars(after))
    return OutputShift(float(before.mean()), float(after.mean()), found, chance)


def performance(before: Judged, after: Judged) -> Performance:
    """Of `after` beside `before`, which is no shorter; both of one bar at least."""
    length = after.rose.size
    return Performance(
        length,
        log_loss(after),
        log_loss(before),
        _usual(before, length, log_loss),
        calibration_error(after),
        calibration_error(before),
        _usual(before, length, calibration_error),
    )


def log_loss(judged: Judged) -> float:
    """Mean of -ln(probability of what happened), nats."""
    return float(surprise(judged.probability, judged.rose).mean())


def calibration_error(judged: Judged) -> float:
    """Expected calibration error, 0..1; NaN below LEAST_BARS."""
    found = expected_calibration_error(judged.probability, judged.rose)
    return math.nan if found is None else found


def _usual(before: Judged, length: int, figure: Callable[[Judged], float]) -> float:
    """What USUAL of its stretches of `length` bars stay below."""
    parts = [Judged(before.probability[rows], before.rose[rows]) for rows in _stretches(before.rose.size, length)]
    return float(np.quantile([figure(one) for one in parts], USUAL))


def _shift(name: str, learnt: FloatArray, newest: FloatArray, limit: float) -> InputShift:
    """Of one input; each of the training's stretches is held against the rest of the training."""
    edges = quantile_edges(learnt)
    count = edges.size + 2
    codes = bins_of(learnt, edges)
    whole = _counts(codes, count)
    own = np.array([_counts(codes[rows], count) for rows in _stretches(codes.size, newest.size)])
    index = float(stability_index(whole, _counts(bins_of(newest, edges), count)))
    usual = float(np.quantile(stability_index(whole - own, own), USUAL))
    return InputShift(name, index, usual, distance(learnt, newest), index >= limit and index > usual)


def _stretches(bars: int, length: int) -> list[slice]:
    """Stretches of so many bars next to each other, the last one at the end."""
    first = bars % length
    return [slice(begin, begin + length) for begin in range(first, bars, length)]


def _counts(codes: IntArray, count: int) -> FloatArray:
    return np.bincount(codes, minlength=count).astype(np.float64)


def _reasons(
    inputs: tuple[InputShift, ...], share: float, found: Performance | None, limits: Limits
) -> tuple[str, ...]:
    reasons = []
    if inputs and share >= limits.shifted_share:
        shifted = sum(one.shifted for one in inputs)
        allowed = f"{limits.shifted_share:.0%} is too many"
        reasons.append(f"{shifted} of {len(inputs)} inputs have shifted ({share:.0%}, {allowed})")
    if found is not None and found.loss - found.reference_loss >= limits.loss and found.loss > found.usual_loss:
        reasons.append(
            f"log loss {found.loss:.4f} on {found.bars} bars, {found.reference_loss:.4f} in the walk-forward (a rise "
            f"of {limits.loss:g} is too much; up to {found.usual_loss:.4f} is usual)"
        )
    return tuple(reasons)
