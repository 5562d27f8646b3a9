"""Whether the best of many candidates is better than a benchmark beyond what choosing the best explains.

Hansen, "A Test for Superior Predictive Ability", Journal of Business and Economic Statistics 23(4), 2005, on blocks of
days of random length, as `models.portfolio.intervals` draws them.
"""

from dataclasses import dataclass

import numpy as np

from models.portfolio.returns import ROUNDING
from models.types import BadInput, FloatArray

# Fewer days hold too few blocks to be drawn from.
FEWEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Ability:
    """p-values of the hypothesis that no candidate is better than the benchmark: the three of Hansen's paper.

    Attributes:
        lower, consistent, upper: as candidates that are worse than the benchmark do not count, count where they are not
            much worse, or all count as if they were as good; lower <= consistent <= upper. Hansen's is `consistent`.
    """

    lower: float
    consistent: float
    upper: float


def superior(
    candidates: FloatArray, benchmark: FloatArray, seed: int, replicates: int, judged: int | None = None
) -> Ability | None:
    """Of daily returns of `candidates` (n_days, n_trials) over those of `benchmark` (n_days,).

    Each candidate's mean gain is divided by its long-run deviation, so that a large stake is no advantage. Blocks are
    as long as the median of what Politis and White find for the candidates. A candidate that differs from the benchmark
    by nothing, or by the same every day, cannot be drawn from and is left out; without any other all three are 1. The
    finest p-value is 1 / replicates, below which it is 0. None below 30 days. The same seed gives the same to the bit.

    The hypothesis is about the best of them, whichever that is. With a column `judged` it is about that candidate, as
    one of so many: how often the best of all, were none better than the benchmark, would look as good as this one does
    (Romano and Wolf, "Stepwise Multiple Testing as Formalized Data Snooping", Econometrica 73(4), 2005, first step).

    Raises:
        BadInput: shapes differ, a return is not finite, or no replicate is asked for.
    """
    _require(candidates, benchmark, replicates)
    gains = candidates - benchmark[:, None]
    if len(gains) < FEWEST_DAYS:
        return None
    moving = gains.std(axis=0) > ROUNDING
    if not moving.any() or (judged is not None and not moving[judged]):
        return Ability(1.0, 1.0, 1.0)
    own = None if judged is None else int(moving[:judged].sum())
    gains = gains[:, moving]
    from arch.bootstrap import SPA, optimal_block_length  # takes seconds to load, and only reports need it

    # Of a gain that has no movement but in its first days it divides by zero, and then takes the longest block.
    with np.errstate(divide="ignore", invalid="ignore"):
        block = max(1, round(float(optimal_block_length(gains)["stationary"].median())))
    # arch 8.0 takes `studentize` and does not divide by the deviations: so what it is given is divided already.
    scaled = gains / long_run_deviation(gains, block)
    losses = -(scaled if own is None else _at_most(scaled, own))
    test = SPA(np.zeros(len(gains)), losses, block_size=block, reps=replicates, seed=np.random.default_rng(seed))
    test.compute()
    return Ability(*(float(test.pvalues[name]) for name in ("lower", "consistent", "upper")))


def long_run_deviation(gains: FloatArray, block: float) -> FloatArray:
    """Standard deviation of root n times the mean of each column of (n_days, n_columns), shape (n_columns,), when days
    are drawn in blocks of mean length `block`.

    c(0) + 2 sum over k of (1 - k / n) (1 - 1 / block)^k c(k), c(k) the covariance of days k apart where the first day
    follows the last: Politis and Romano, "The Stationary Bootstrap", 1994, lemma 1; Hansen's estimate of it.
    """
    days = len(gains)
    apart = gains - gains.mean(axis=0)
    covariance = np.fft.irfft(np.square(np.abs(np.fft.rfft(apart, axis=0))), days, axis=0) / days
    lag = np.arange(days)
    weight = (1.0 - lag / days) * (1.0 - 1.0 / block) ** lag
    variance: FloatArray = 2.0 * (weight @ covariance) - covariance[0]
    return np.sqrt(variance)


def _at_most(gains: FloatArray, own: int) -> FloatArray:
    """The gains (n_days, n_columns) where no column's mean is above that of `own`, nor above zero where that one's is
    below: what they do around their means, which is all that is drawn from, stays.
    """
    means = gains.mean(axis=0)
    found: FloatArray = gains - np.maximum(0.0, means - max(0.0, float(means[own])))
    return found


def _require(candidates: FloatArray, benchmark: FloatArray, replicates: int) -> None:
    if candidates.ndim != 2 or benchmark.shape != candidates.shape[:1]:
        raise BadInput(
            f"candidates of shape {candidates.shape} and a benchmark of shape {benchmark.shape}; give one row a day, "
            "one column a candidate, and as many days of the benchmark"
        )
    if not (np.isfinite(candidates).all() and np.isfinite(benchmark).all()):
        raise BadInput("a return of a candidate or of the benchmark is not finite; take bar_returns of the equity")
    if replicates < 1:
        raise BadInput(f"{replicates} replicates were asked for; take 1 at least, 1000 for a stable p-value")
