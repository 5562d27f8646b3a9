"""From a raw score to an edge: basis points of expected return over the horizon, with a confidence in 0..1.

A score of any kind (log-odds of a classifier, the figure of a formula) is worth the slope of the returns that followed
it in bars that it was not learnt from, a line through the origin: a score of zero promises nothing. The confidence is
how sure the sign of that slope is. Returns overlap by their horizon, so only every horizon-th observation counts as
independent. The probability of a rise has a calibration of its own, in models.predictors.odds.
"""

import math
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """`slope` in basis points per unit of score, never negative; `confidence` in 0..1, zero when slope is zero."""

    slope: float
    confidence: float


def calibrate(score: FloatArray, label_bps: FloatArray, horizon: int, largest_slope: float) -> Calibration:
    """Least squares through the origin of `label_bps` on `score`, both of shape (n,); rows with a NaN do not count.

    The slope is cut to 0..`largest_slope`; confidence is 2 * Phi(t) - 1 of its t value with n / horizon independent
    observations, and zero when fewer than three remain or the slope is not positive.
    """
    known = np.isfinite(score) & np.isfinite(label_bps)
    x, y = score[known], label_bps[known]
    independent = x.size / horizon
    power = float(x @ x)
    if independent < 3.0 or power <= 0.0:
        return Calibration(0.0, 0.0)
    slope = float(x @ y) / power
    residual = y - slope * x
    error = math.sqrt(float(residual @ residual) / power / independent)
    if slope <= 0.0 or error == 0.0:
        return Calibration(0.0, 0.0)
    return Calibration(min(slope, largest_slope), math.erf(slope / error / math.sqrt(2.0)))
