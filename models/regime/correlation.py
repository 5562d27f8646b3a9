"""Whether everything moves together: how far a series' correlation with its venue's leader is above its usual one."""

import math

import numpy as np

from models.kernels import compiled, rolling_correlation, rolling_median
from models.types import FloatArray

# A correlation below this is no herd, however far it is above its usual level.
LEAST = 0.8
# Of fewer returns a correlation says nothing, however few a week has.
SHORTEST = 20
# Standard errors by which a correlation may be above its usual one by chance: once in twenty.
CHANCE = 1.645
# A series that moves exactly as its leader.
SAME = 0.999999


def correlation_spike(own: FloatArray, leader: FloatArray, week: int, year: int) -> FloatArray:
    """How far the correlation of two columns of log returns is above its trailing one-year median, in Fisher's z (1915)
    and less what chance may do; shape (n,). From a usual 0.6 to 0.9 now it is 0.78, hourly less 0.13 for chance.

    The correlation is that of the last week, at least SHORTEST bars; `week` and `year` are in bars. z is artanh of the
    correlation: its standard error, 1 / sqrt(bars - 3), hardly depends on the level, so one threshold serves pairs that
    always move together and others. Nothing below a correlation of LEAST is a spike: there it is 0, as where it is
    below its usual level. NaN until a quarter of a year is known.
    """
    window = max(week, SHORTEST)
    z = _fisher(rolling_correlation(own, leader, window))
    usual = rolling_median(z, year, max(1, year // 4))
    return _above(z, usual, math.atanh(LEAST), CHANCE / math.sqrt(window - 3))


@compiled
def _fisher(correlation: FloatArray) -> FloatArray:
    out = np.empty(correlation.size)
    for t in range(out.size):
        bounded = max(-SAME, min(SAME, correlation[t]))
        out[t] = correlation[t] if math.isnan(correlation[t]) else 0.5 * math.log((1.0 + bounded) / (1.0 - bounded))
    return out


@compiled
def _above(z: FloatArray, usual: FloatArray, least: float, chance: float) -> FloatArray:
    out = np.empty(z.size)
    for t in range(out.size):
        if math.isnan(z[t]) or math.isnan(usual[t]):
            out[t] = math.nan
        else:
            out[t] = max(0.0, z[t] - usual[t] - chance) if z[t] >= least else 0.0
    return out
