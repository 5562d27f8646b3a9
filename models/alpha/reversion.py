"""Reversion: what has run away from its average comes back."""

import math

import numpy as np

from models.alpha.inputs import AlphaInputs
from models.features.declared import RANGE
from models.kernels import compiled
from models.types import FloatArray

# Deviations beyond which a move is taken for news: no promise grows with it, and no crash outweighs in the calibration,
# where scores count by their square, what years of usual bars say.
FURTHEST = 3.0
# Variance of a random walk's distance from the average of its last n values, this one included, in variances of one
# step: the sum of (j / n)^2 over j = 1 .. n - 1.
SPREAD = math.sqrt((RANGE - 1) * (2 * RANGE - 1) / (6 * RANGE))


def reversion(inputs: AlphaInputs) -> FloatArray:
    """Minus the close's distance from its average of 20 bars, in standard deviations of a random walk of the same
    volatility, shape (n_bars,), cut to -3..3.

    NaN where the average or the volatility is not known, or the volatility zero. Source: Poterba and Summers (1988),
    Mean reversion in stock prices, Journal of Financial Economics 22(1): where prices are a random walk with a passing
    part that decays, the expected return is proportional to minus the passing part; the average of recent closes stands
    in for the walk.
    """
    out = np.empty(len(inputs.bars))
    _write_reversion(inputs.features.stretch, inputs.features.volatility, out)
    return out


@compiled
def _write_reversion(stretch: FloatArray, volatility: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        usual = volatility[t] * SPREAD
        score = -stretch[t] / usual if usual > 0.0 else math.nan
        # Comparisons with NaN are false: it stays.
        score = FURTHEST if score > FURTHEST else score
        out[t] = -FURTHEST if score < -FURTHEST else score
