"""The edge of a made market at the entries of who traded it: what was planted, what was said, and what was measured.

The edge of an entry is the sum of the returns of the `horizon` bars after the close that decided it, basis points: an
entry is decided by what is known, so that its mean over entries tells what acting on the predictor is worth, whatever
the stops and targets of the genome did afterwards. Every specialist here only buys.

Planted is the mean of that sum given the signal at that close and the spells of the regimes: as long as the regime
lasts what the generator calls `expected`, afterwards what the signal is worth in the regime that follows, while it
fades at that regime's pace. Measured is what prices did. Its 95 % interval is the stationary bootstrap's (Politis and
Romano 1994) over UTC days in blocks of BLOCK on average: sums of neighbouring entries overlap for a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from planted_markets import MEMORY, PlantedMarket
from studies import TERMS

from models.bootstrap.rows import stationary_rows
from models.evolution.ground import Ground
from models.evolution.streams import walked
from models.types import FloatArray, IntArray, Leg, Regime
from models.types.timeframes import DAY
from tasks.session.evolving.plan import Fold
from tasks.session.evolving.report import Candidate

BLOCK = 5.0
DRAWS = 2_000
PERCENTS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class MeasuredEdge:
    """Means over entries, basis points; low, high: the interval of `measured`."""

    entries: int
    planted: float
    said: float
    measured: float
    low: float
    high: float

    @property
    def covered(self) -> bool:
        """Whether what was planted is within the interval of what was measured."""
        return self.low <= self.planted <= self.high


def edge_of(market: PlantedMarket, ground: Ground, candidate: Candidate, plan: Sequence[Fold]) -> MeasuredEdge:
    """At the out-of-sample entries of a candidate: each fold's winner on the fold's test bars."""
    found = [
        entries_of(_between(ground, *fold.test), candidate.specialist, np.array(one.genome.genes))
        for one, fold in zip(candidate.folds, plan, strict=True)
    ]
    return edge_at(market, np.searchsorted(market.bars.ts, np.concatenate(found)))


def entries_of(ground: Ground, specialist: Regime, genes: FloatArray) -> IntArray:
    """Opens of the bars whose closes decided the entries of a genome."""
    run = walked((ground,), specialist, genes, TERMS).runs[0]
    filled = np.array([one.ts for one in run.executions() if one.leg == Leg.ENTRY], np.int64)
    return run.panel.ts[np.searchsorted(run.panel.ts, filled) - 1]


def edge_at(market: PlantedMarket, decided: IntArray) -> MeasuredEdge:
    """Of entries at these bars; those whose horizon is not over do not count.

    Raises:
        ValueError: none is left.
    """
    rows = decided[decided < len(market.bars) - market.horizon]
    if not rows.size:
        raise ValueError("nothing was entered: there is no edge to measure")
    came = _came(market)[rows]
    low, high = _interval(market.bars.ts[rows] // DAY, came)
    planted = float(worth_of(market)[rows].mean())
    return MeasuredEdge(rows.size, planted, float(market.said[rows].mean()), float(came.mean()), low, high)


def worth_of(market: PlantedMarket) -> FloatArray:
    """What the `horizon` bars after each close are expected to bring, given its signal, the sum of their returns, basis
    points, shape (n_bars,).
    """
    worth = np.array([market.edge_bps[one] for one in Regime])[market.regimes]
    kept = np.exp(-1.0 / (np.array([MEMORY[one] for one in Regime])[market.regimes] * market.horizon))
    # Of one standard deviation of the signal at a close: what the next bar brings.
    rate = worth * (1.0 - kept) / (1.0 - kept**market.horizon)
    signal = np.where(worth > 0.0, market.expected / np.where(worth > 0.0, worth, 1.0), 0.0)
    total, left, row = np.zeros(worth.size), np.ones(worth.size), np.arange(worth.size)
    for _ in range(market.horizon):
        total += left * rate[row]
        row = np.minimum(row + 1, worth.size - 1)
        left *= kept[row]
    return total * signal


def _came(market: PlantedMarket) -> FloatArray:
    """Sum of the returns of the `horizon` bars after each close, basis points; NaN where they are not over."""
    closes, ahead = market.bars.close, market.horizon
    path = np.append(0.0, np.cumsum(closes[1:] / closes[:-1] - 1.0))
    return np.append(1e4 * (path[ahead:] - path[:-ahead]), np.full(ahead, np.nan))


def _interval(days: IntArray, came: FloatArray) -> tuple[float, float]:
    """Of the mean of `came` (n,), which fell on these days."""
    since = days - days.min()
    sums, counts = np.bincount(since, came), np.bincount(since).astype(np.float64)
    generator = np.random.default_rng(since.size)
    drawn = np.array([stationary_rows(sums.size, sums.size, BLOCK, generator) for _ in range(DRAWS)])
    means = sums[drawn].sum(axis=1) / np.maximum(1.0, counts[drawn].sum(axis=1))
    low, high = np.percentile(means, PERCENTS)
    return float(low), float(high)


def _between(ground: Ground, begin: int, end: int) -> Ground:
    first, last = np.searchsorted(ground.panel.ts, [begin, end]).tolist()
    return ground.rows(first, last)
