"""Do two feeds tell the same closes? The difference of each pair, and whether it can be tolerated."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import inf, isfinite

import numpy as np

from models.types import Bars, FloatArray, iso

# Enough for a median that one odd bar cannot move, and little enough that a dispute about one bar passes.
SAMPLE = 10


class Verdict(StrEnum):
    """What a comparison says."""

    AGREE = "agree"
    APART = "apart"
    NOTHING_IN_COMMON = "nothing in common"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may lie between two closes, basis points of their middle.

    `strict`: every bar counts, for bars that may be traded on. Otherwise the median does: venues differed by per cents
    for minutes now and then, and a history that stops at each of them is never fetched.
    """

    bps: float
    strict: bool


@dataclass(frozen=True, slots=True)
class PairCheck:
    """One feed against another over their newest common bars.

    Attributes:
        common: bars compared, SAMPLE at most.
        first, last: opens of the first and the last of them, UTC microseconds; zero without any.
        median_bps, worst_bps: difference of their closes; infinite where one of them is no positive number.
    """

    one: str
    other: str
    common: int
    first: int
    last: int
    median_bps: float
    worst_bps: float
    verdict: Verdict

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; a difference that is no number is null."""
        some = self.common > 0
        return {
            "feeds": [self.one, self.other],
            "common": self.common,
            "first": iso(self.first) if some else None,
            "last": iso(self.last) if some else None,
            "median_bps": self.median_bps if some and isfinite(self.median_bps) else None,
            "worst_bps": self.worst_bps if some and isfinite(self.worst_bps) else None,
            "verdict": self.verdict.value,
        }


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """Every pair of feeds that answered, in the order of the feeds; of the others, in a sentence each, why not."""

    tolerance_bps: float
    pairs: tuple[PairCheck, ...]
    unanswered: tuple[str, ...] = ()

    def agree(self, one: str, other: str) -> bool:
        """Whether these two do."""
        return any({pair.one, pair.other} == {one, other} and pair.verdict is Verdict.AGREE for pair in self.pairs)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        pairs = [pair.as_json() for pair in self.pairs]
        return {"tolerance_bps": self.tolerance_bps, "pairs": pairs, "unanswered": list(self.unanswered)}


def cross_check(answers: Mapping[str, Bars], tolerance: Tolerance) -> CrossCheck:
    """All pairs of the answers, by feed."""
    pairs = (
        compare((one, answers[one]), (other, answers[other]), tolerance) for one, other in combinations(answers, 2)
    )
    return CrossCheck(tolerance.bps, tuple(pairs))


def compare(one: tuple[str, Bars], other: tuple[str, Bars], tolerance: Tolerance) -> PairCheck:
    """Name and raw bars of two feeds, held against each other."""
    ts, mine, yours = np.intersect1d(one[1].ts, other[1].ts, return_indices=True)
    if not ts.size:
        return PairCheck(one[0], other[0], 0, 0, 0, 0.0, 0.0, Verdict.NOTHING_IN_COMMON)
    apart = _apart_bps(one[1].close[mine[-SAMPLE:]], other[1].close[yours[-SAMPLE:]])
    median, worst = float(np.median(apart)), float(apart.max())
    counts = worst if tolerance.strict else median
    verdict = Verdict.AGREE if counts <= tolerance.bps else Verdict.APART
    sample = ts[-SAMPLE:]
    return PairCheck(one[0], other[0], sample.size, int(sample[0]), int(sample[-1]), median, worst, verdict)


def _apart_bps(one: FloatArray, other: FloatArray) -> FloatArray:
    apart = np.full(one.shape, inf)
    sound = np.isfinite(one) & np.isfinite(other) & (one > 0.0) & (other > 0.0)
    low, high = np.minimum(one[sound], other[sound]), np.maximum(one[sound], other[sound])
    # In this order nothing overflows or vanishes, however large or small the prices are.
    apart[sound] = (high - low) / (low + (high - low) / 2.0) * 1e4
    return apart
