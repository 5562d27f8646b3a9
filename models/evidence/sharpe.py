"""How likely a Sharpe ratio is more than luck, for the length, skew and tails of its returns and for the trials made.

Everything is per period: returns of days go with Sharpe ratios of days, never annualised.
"""

import math
from statistics import NormalDist

import numpy as np

from models.portfolio.returns import sharpe_ratio
from models.types import BadInput, FloatArray

STANDARD = NormalDist()
# Skew and kurtosis of fewer say nothing.
FEWEST_RETURNS = 3


def probabilistic_sharpe(returns: FloatArray, benchmark: float = 0.0) -> float | None:
    """Probability that the true Sharpe ratio of returns (n,) lies above `benchmark`, 0..1.

    cdf((s - benchmark) sqrt(n - 1) / sqrt(1 - g3 s + (g4 - 1) / 4 s^2)), s the mean over the sample deviation, g3 the
    skew and g4 the kurtosis (3 for a normal distribution): Bailey and Lopez de Prado, "The Sharpe Ratio Efficient
    Frontier", Journal of Risk 15(2), 2012. None below three returns, without movement, or where the root is zero, as it
    can be for returns of two values only.

    Raises:
        BadInput: a return or the benchmark is not finite.
    """
    return _above(returns, benchmark, math.inf)


def unskewed_sharpe(returns: FloatArray) -> float | None:
    """`probabilistic_sharpe` against zero of returns whose skew, where it is above zero, counts as none.

    The skew of a few returns above zero among many that stand still comes from the very mean that is in question: one
    of 400 alone would have a probability of 0.98.
    """
    return _above(returns, 0.0, 0.0)


def _above(returns: FloatArray, benchmark: float, most_skew: float) -> float | None:
    _require_finite(returns, benchmark)
    sharpe = sharpe_ratio(returns, 1.0)
    if returns.size < FEWEST_RETURNS or sharpe is None:
        return None
    skew, kurtosis = _shape(returns)
    skew = min(skew, most_skew)
    spread = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
    if not spread > 0.0:
        return None
    return STANDARD.cdf((sharpe - benchmark) * math.sqrt(returns.size - 1) / math.sqrt(spread))


def expected_maximum_sharpe(trials: float, variance: float) -> float:
    """Sharpe ratio that the best of `trials` independent trials without any skill is expected to show.

    sqrt(variance) ((1 - c) q(1 - 1 / trials) + c q(1 - 1 / (trials e))), `variance` that of the trials' Sharpe ratios,
    q the normal quantile and c Euler's constant: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", Journal of
    Portfolio Management 40(5), 2014. `trials` may be fractional; one is no choice and gives zero. The approximation is
    negative up to about 1.3 trials, where choosing cannot hurt either: that is zero too.

    >>> round(expected_maximum_sharpe(100, 0.25), 4)
    1.2653

    Raises:
        BadInput: below one trial, a variance below zero, or one of them is not finite.
    """
    if not 1.0 <= trials < math.inf:
        raise BadInput(f"{trials} trials; what is judged was one of them: give 1 or more")
    if not 0.0 <= variance < math.inf:
        raise BadInput(f"a variance of {variance} of the trials' Sharpe ratios; give a finite one, 0 or above")
    if trials == 1.0:
        return 0.0
    # By symmetry: 1 - 1 / trials has lost digits where the trials are many.
    best, tail = -STANDARD.inv_cdf(1.0 / trials), -STANDARD.inv_cdf(1.0 / (trials * math.e))
    return math.sqrt(variance) * max(0.0, (1.0 - np.euler_gamma) * best + np.euler_gamma * tail)


def deflated_sharpe(returns: FloatArray, trials: float, variance: float) -> float | None:
    """Probability that returns (n,), the best of `trials`, have a true Sharpe ratio above what luck would have shown.

    `probabilistic_sharpe` against `expected_maximum_sharpe`; never above the former against zero. None and errors as
    theirs.
    """
    return probabilistic_sharpe(returns, expected_maximum_sharpe(trials, variance))


def _shape(returns: FloatArray) -> tuple[float, float]:
    """(skew, kurtosis), of moments about the mean divided by n."""
    apart = returns - returns.mean()
    # What rounding of the mean has left.
    apart -= apart.mean()
    square = float(np.square(apart).mean())
    return float((apart**3).mean()) / square**1.5, float((apart**4).mean()) / square**2


def _require_finite(returns: FloatArray, benchmark: float) -> None:
    strange = np.flatnonzero(~np.isfinite(returns))
    if strange.size:
        first = int(strange[0])
        raise BadInput(f"return {first} is {returns[first]}; returns have to be finite: take bar_returns of the equity")
    if not math.isfinite(benchmark):
        raise BadInput(f"a Sharpe ratio of {benchmark} to be held against; give a finite one")
