"""The variance of tomorrow's return: the recursion of Glosten, Jagannathan and Runkle (1993), GJR-GARCH(1,1).

    v[t+1] = omega + (alpha + gamma [e[t] < 0]) e[t]^2 + beta v[t],  e[t] = r[t] - mu

Everything in percent, as the fit is. The first variance comes from a weighted mean of the first squares, as `arch` does
it (Sheppard, arch.univariate: decay 0.94 over 75 days); its wide bounds on a variance are left out.
"""

import math
from typing import NamedTuple

import numpy as np

from models.kernels import compiled
from models.types import FloatArray

PERCENT = 100.0
START_DAYS = 75
START_DECAY = 0.94


class Garch(NamedTuple):
    """Parameters on returns in percent: mean, constant, answer to a square, what a falling day adds to it, memory; `nu`
    are the degrees of freedom of the t innovations they were fitted with.
    """

    mu: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    nu: float


# What stands in where nothing could ever be fitted: RiskMetrics (1996), one day's weight 0.06, no mean.
EWMA = Garch(0.0, 0.0, 0.06, 0.0, 0.94, math.inf)


@compiled
def first_square(window: FloatArray) -> float:
    """Weighted mean of the first squared deviations from the window's mean, percent squared; shape (n,), n > 0."""
    mean = 0.0
    for t in range(window.size):
        mean += window[t]
    mean /= window.size
    found = 0.0
    total = 0.0
    weight = 1.0
    for t in range(min(START_DAYS, window.size)):
        off = window[t] - mean
        found += weight * (off * off)
        total += weight
        weight *= START_DECAY
    return found / total


@compiled
def run_garch(
    returns: FloatArray, mu: float, omega: float, alpha: float, gamma: float, beta: float, start: float
) -> tuple[FloatArray, FloatArray]:
    """Variances (n + 1,), the last one that of the day after, and standardised residuals (n,); returns in percent (n,).

    A residual is 0.0 where the variance is.
    """
    variance = np.empty(returns.size + 1)
    residual = np.empty(returns.size)
    variance[0] = omega + alpha * start + gamma * 0.5 * start + beta * start
    for t in range(returns.size):
        off = returns[t] - mu
        residual[t] = off / math.sqrt(variance[t]) if variance[t] > 0.0 else 0.0
        answer = alpha * (off * off)
        if off < 0.0:
            answer += gamma * (off * off)
        variance[t + 1] = omega + answer + beta * variance[t]
    return variance, residual
