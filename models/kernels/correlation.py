"""How two columns move together."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray


@compiled
def rolling_correlation(x: FloatArray, y: FloatArray, window: int) -> FloatArray:
    """Pearson's correlation over the last `window` pairs, -1..1, shape (n,); NaN where a side does not move.

    NaN until `window` pairs of finite values in a row were seen. The running sums are taken anew every `window` bars,
    as in `rolling_std`.
    """
    out = np.full(x.size, math.nan)
    sums = np.zeros(5)
    run = 0
    since = 0
    for t in range(x.size):
        if math.isnan(x[t]) or math.isnan(y[t]):
            sums[:] = 0.0
            run = 0
            since = 0
            continue
        run += 1
        since += 1
        _add(sums, x[t], y[t], 1.0)
        if run > window:
            _add(sums, x[t - window], y[t - window], -1.0)
        if since == window:
            sums[:] = 0.0
            for k in range(t - window + 1, t + 1):
                _add(sums, x[k], y[k], 1.0)
            since = 0
        if run >= window:
            out[t] = _correlation(sums, window)
    return out


@compiled
def _add(sums: FloatArray, x: float, y: float, sign: float) -> None:
    sums[0] += sign * x
    sums[1] += sign * y
    sums[2] += sign * (x * x)
    sums[3] += sign * (y * y)
    sums[4] += sign * (x * y)


@compiled
def _correlation(sums: FloatArray, window: int) -> float:
    spread_x = sums[2] - sums[0] * sums[0] / window
    spread_y = sums[3] - sums[1] * sums[1] / window
    if spread_x <= 0.0 or spread_y <= 0.0:
        return math.nan
    found = (sums[4] - sums[0] * sums[1] / window) / math.sqrt(spread_x * spread_y)
    return float(max(-1.0, min(1.0, found)))
