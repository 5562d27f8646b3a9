"""Windows over the past. A value at bar t never depends on later bars, nor on how many follow."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray


@compiled
def rolling_std(values: FloatArray, window: int) -> FloatArray:
    """Sample standard deviation over the last `window` values, shape (n,).

    NaN until `window` finite values in a row were seen. The running sums are taken anew from the data every `window`
    bars, so that rounding errors cannot pile up over a long series.
    """
    out = np.full(values.size, math.nan)
    total = 0.0
    squares = 0.0
    run = 0
    since = 0
    for t in range(values.size):
        if math.isnan(values[t]):
            run = 0
            total = 0.0
            squares = 0.0
            since = 0
            continue
        run += 1
        since += 1
        total += values[t]
        squares += values[t] * values[t]
        if run > window:
            old = values[t - window]
            total -= old
            squares -= old * old
        if since == window:
            total = 0.0
            squares = 0.0
            for k in range(t - window + 1, t + 1):
                total += values[k]
                squares += values[k] * values[k]
            since = 0
        if run >= window:
            variance = (squares - total * total / window) / (window - 1)
            out[t] = math.sqrt(max(variance, 0.0))
    return out
