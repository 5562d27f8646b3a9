"""How often a source's word came true, and what its word counts for it.

A signal is a headline that says something about an asset in a clear tone. It is right when the asset then moves to the
side of its tone, beyond the asset's own mean move. With n outcomes of which k were right, each counting
0.5 ** (age / half-life), the rate is the mean of a beta distribution that began at (prior/2, prior/2):

    rate = (prior / 2 + k) / (prior + n),    multiplier = 2 * rate, within BOUNDS.

So a source without a record counts as before, a few outcomes tell little, and what was long ago is forgotten. (Gelman
et al., Bayesian Data Analysis, 3rd ed., 2.4: the binomial with a conjugate prior.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray, IntArray
from models.types.timeframes import DAY

BOUNDS = (0.5, 1.5)
# The mean move is that of so long before the entry.
MEAN_OVER = 30 * DAY


@dataclass(frozen=True, slots=True)
class Signal:
    """What a source said about an asset: `arrived` in UTC microseconds, `tone` -1..1 and not 0."""

    source: str
    arrived: int
    tone: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a signal of the source was right, and from when on that was known, UTC microseconds."""

    source: str
    known_at: int
    right: bool


@dataclass(frozen=True, slots=True)
class Reliability:
    """A source's record at one moment.

    Attributes:
        count, right: outcomes, and those that were right, each as much as its age leaves of it.
        rate: right ones of all, 0..1, pulled to 1/2 by the prior.
        multiplier: what its base weight is multiplied by, within BOUNDS.
    """

    count: float
    right: float
    rate: float
    multiplier: float


def outcomes_of(signals: Iterable[Signal], ts: IntArray, opens: FloatArray, horizon: int) -> list[Outcome]:
    """What became of signals about one asset, in the order of their arrival.

    Entered at the first open after the arrival, left at the first open `horizon` microseconds later; the move between
    is compared with the mean move of the 30 days before the entry, which was known then. Left out: where no bar opens
    within one horizon of either moment, where nothing moved, and signals of a source while one of its own runs: they
    tell of the same move.

    Args:
        ts: opens of the bars, shape (n_bars,), ascending, UTC microseconds.
        opens: prices at them, above 0, shape (n_bars,).
    """
    logs, found = np.log(opens), []
    busy: dict[str, int] = {}
    for one in sorted(signals, key=lambda signal: signal.arrived):
        entry = int(np.searchsorted(ts, one.arrived, side="right"))
        if entry == ts.size or ts[entry] - one.arrived > horizon or ts[entry] < busy.get(one.source, 0):
            continue
        begin = int(ts[entry])
        busy[one.source] = begin + horizon
        leave = int(np.searchsorted(ts, begin + horizon))
        if leave == ts.size or ts[leave] - begin > 2 * horizon:
            continue
        move = float(logs[leave] - logs[entry]) - _mean_move(ts, logs, entry, int(ts[leave]) - begin)
        if move:
            found.append(Outcome(one.source, int(ts[leave]), (move > 0.0) == (one.tone > 0.0)))
    return found


def reliability_of(outcomes: Iterable[Outcome], at: int, prior: float, half_life: int) -> dict[str, Reliability]:
    """Each source's record by the outcomes that were known at `at` (UTC microseconds); sources without one are left
    out.

    `prior`: of how many outcomes the belief weighs that a source is right half of the time; `half_life` microseconds.
    """
    counts: dict[str, tuple[float, float]] = {}
    for one in outcomes:
        if one.known_at <= at:
            share = 0.5 ** ((at - one.known_at) / half_life)
            count, right = counts.get(one.source, (0.0, 0.0))
            counts[one.source] = count + share, right + share * one.right
    return {source: _record(count, right, prior) for source, (count, right) in counts.items()}


def _mean_move(ts: IntArray, logs: FloatArray, entry: int, span: int) -> float:
    first = int(np.searchsorted(ts, ts[entry] - MEAN_OVER))
    if first == entry:
        return 0.0
    return float((logs[entry] - logs[first]) / (ts[entry] - ts[first])) * span


def _record(count: float, right: float, prior: float) -> Reliability:
    rate = (prior / 2.0 + right) / (prior + count)
    return Reliability(count, right, rate, min(max(2.0 * rate, BOUNDS[0]), BOUNDS[1]))
