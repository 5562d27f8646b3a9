"""The factor by which a market's mood shrinks positions.

Volatility targeting (Moreira and Muir, "Volatility-managed portfolios", Journal of Finance 72, 2017) without the half
that borrows: the factor is never above one.
"""

import math

import numpy as np

from models.kernels import compiled
from models.tails.settings import ScaleSettings
from models.types import FloatArray


def market_scale(
    sigma: FloatArray, average_correlation: FloatArray, settings: ScaleSettings, days_per_year: float
) -> FloatArray:
    """The factor in force at the end of each day, shape (n_days,), `floor`..1.

    Wanted is `target_volatility` over annualised `sigma` (n_days,), at most 1, times `correlation_share` from where
    the book's average correlation (n_days,) is above `correlation_on` until it is below `correlation_off`. It falls at
    once, and rises when it is wanted more than `band` higher, or wanted whole again. What is unknown (NaN) shrinks
    nothing; an unknown correlation leaves the book crowded or not, as it was.
    """
    return _scale(
        sigma,
        average_correlation,
        settings.target_volatility / math.sqrt(days_per_year),
        settings.correlation_on,
        settings.correlation_off,
        settings.correlation_share,
        settings.floor,
        settings.band,
    )


@compiled
def _scale(
    sigma: FloatArray,
    correlation: FloatArray,
    target: float,
    begin: float,
    end: float,
    share: float,
    floor: float,
    band: float,
) -> FloatArray:
    out = np.empty(sigma.size)
    held = 1.0
    crowded = False
    for t in range(sigma.size):
        if correlation[t] > begin:
            crowded = True
        elif correlation[t] < end:
            crowded = False
        wanted = min(1.0, target / sigma[t]) if sigma[t] > 0.0 else 1.0
        if crowded:
            wanted *= share
        wanted = max(floor, wanted)
        if wanted < held or wanted > held + band or wanted == 1.0:
            held = wanted
        out[t] = held
    return out
