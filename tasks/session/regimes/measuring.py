"""What a detector's labels are like: how much of each regime, how long they last, how sure, and how right."""

from dataclasses import dataclass

import numpy as np

from models.regime import accuracy, confusion, shares, spells, switches_per_year, thrash_rate, transitions
from models.types import FloatArray, IntArray, Regime

NAMES = tuple(one.name.lower() for one in Regime)
# A switch that is taken back within so many bars should not have been made.
THRASH_BARS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Labelling:
    """What `detector` says of each bar: regime codes and confidence (0..1), shape (n,)."""

    detector: str
    label: IntArray
    confidence: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The true regime code of some bars: `rows` are their numbers, `codes` the regimes, shape (m,); `given` says how
    many there were before they were matched.
    """

    rows: IntArray
    codes: IntArray
    given: int


@dataclass(frozen=True, slots=True)
class Durations:
    """How many spells of a regime there were, and how many bars they lasted; NaN where there was none."""

    spells: int
    mean: float
    median: float
    longest: int


@dataclass(frozen=True, slots=True, eq=False)
class RegimeFigures:
    """Figures of one detector.

    Attributes:
        share: of the bars, by regime.
        durations: by regime, in bars.
        confidence: mean by regime, NaN where the regime has no bar.
        mean_confidence: over all bars.
        transitions: share of the bars of a regime (row) that are followed by one of another, shape (4, 4).
        switches_per_year: by trading years.
        thrash_rate: share of the switches that are taken back within THRASH_BARS bars; NaN where nothing switched.
        accuracy: share of the bars of known truth that are labelled so; None without a truth.
        confusion: bars by truth (row) and label (column), shape (4, 4); None without a truth.
    """

    detector: str
    share: dict[str, float]
    durations: dict[str, Durations]
    confidence: dict[str, float]
    mean_confidence: float
    transitions: FloatArray
    switches_per_year: float
    thrash_rate: float
    accuracy: float | None
    confusion: IntArray | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "share": self.share,
            "switches_per_year": self.switches_per_year,
            "accuracy": self.accuracy,
            "confusion": None if self.confusion is None else _by_name(self.confusion.tolist()),
            "thrash_rate": self.thrash_rate,
            "mean_confidence": self.mean_confidence,
            "confidence": self.confidence,
            "durations": {
                name: {"spells": one.spells, "mean": one.mean, "median": one.median, "longest": one.longest}
                for name, one in self.durations.items()
            },
            "transitions": _by_name(self.transitions.tolist()),
        }


def measured(labelling: Labelling, bars_per_year: float, truth: Truth | None = None) -> RegimeFigures:
    """Figures of a labelling of bars of which a trading year has `bars_per_year`."""
    label = labelling.label
    return RegimeFigures(
        detector=labelling.detector,
        share=dict(zip(NAMES, map(float, shares(label)), strict=True)),
        durations=_durations(label),
        confidence={name: _mean(labelling.confidence[label == code]) for code, name in enumerate(NAMES)},
        mean_confidence=_mean(labelling.confidence),
        transitions=transitions(label),
        switches_per_year=switches_per_year(label, bars_per_year),
        thrash_rate=thrash_rate(label, THRASH_BARS),
        accuracy=None if truth is None else accuracy(truth.codes, label[truth.rows]),
        confusion=None if truth is None else confusion(truth.codes, label[truth.rows]),
    )


def _durations(label: IntArray) -> dict[str, Durations]:
    found = spells(label)
    return {name: _lasted(found.bars[found.regime == code]) for code, name in enumerate(NAMES)}


def _lasted(bars: IntArray) -> Durations:
    if not bars.size:
        return Durations(0, float("nan"), float("nan"), 0)
    return Durations(bars.size, float(bars.mean()), float(np.median(bars)), int(bars.max()))


def _mean(figures: FloatArray) -> float:
    return float(figures.mean()) if figures.size else float("nan")


def _by_name(rows: list[list[float]]) -> dict[str, dict[str, float]]:
    return {name: dict(zip(NAMES, row, strict=True)) for name, row in zip(NAMES, rows, strict=True)}
