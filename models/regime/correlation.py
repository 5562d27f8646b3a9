"""Whether everything moves together: how far a series' correlation with its venue's leader is above its usual one."""

import math

import numpy as np

from models.kernels import compiled, rolling_correlation, rolling_median
from models.types import FloatArray

# A correlation below this is no herd, however far it is above its usual level.
LEAST = 0.8
# Of fewer returns a correlation says nothing, however few a week has.
SHORTEST = 20


def correlation_spike(own: FloatArray, leader: FloatArray, week: int, year: int) -> FloatArray:
    """Fisher's z of the correlation of two columns of log returns, minus its trailing one-year median; shape (n,).

    The correlation is that of the last week, at least SHORTEST bars; `week` and `year` are in bars. Fisher's z (1915),
    artanh of the correlation, has a spread that hardly depends on its level, so one threshold serves pairs that always
    move together and others. 0 where the correlation is below LEAST; NaN until a quarter of a year is known.
    """
    window = max(week, SHORTEST)
    fisher = _fisher(rolling_correlation(own, leader, window))
    usual = rolling_median(fisher, year, max(1, year // 4))
    return _above(fisher, usual, math.atanh(LEAST))


@compiled
def _fisher(correlation: FloatArray) -> FloatArray:
    out = np.empty(correlation.size)
    for t in range(out.size):
        bounded = max(-0.999999, min(0.999999, correlation[t]))
        out[t] = 0.5 * math.log((1.0 + bounded) / (1.0 - bounded)) if not math.isnan(correlation[t]) else math.nan
    return out


@compiled
def _above(fisher: FloatArray, usual: FloatArray, least: float) -> FloatArray:
    out = np.empty(fisher.size)
    for t in range(out.size):
        if math.isnan(fisher[t]) or math.isnan(usual[t]):
            out[t] = math.nan
        else:
            out[t] = fisher[t] - usual[t] if fisher[t] >= least else 0.0
    return out
