"""Windows over the past. A value at bar t never depends on later bars, nor on how many follow."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray

# Sums are a chain, roots are not: taken block by block, the processor does several roots at once.
BLOCK = 512


def rolling_std(values: FloatArray, window: int) -> FloatArray:
    """Sample standard deviation over the last `window` values, shape (n,).

    NaN until `window` finite values in a row were seen. The running sums are taken anew from the data every `window`
    bars, so that rounding errors cannot pile up over a long series.
    """
    out = np.empty(values.size)
    write_rolling_std(values, window, out)
    return out


@compiled
def write_rolling_std(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write what `rolling_std` gives into `out`, shape (n,)."""
    total = squares = fresh_total = fresh_squares = 0.0
    run = since = 0
    totals = np.empty(BLOCK)
    squared = np.empty(BLOCK)
    for begin in range(0, values.size, BLOCK):
        stop = min(values.size, begin + BLOCK)
        for t in range(begin, stop):
            value = values[t]
            if math.isnan(value):
                total = squares = fresh_total = fresh_squares = 0.0
                run = since = 0
            else:
                run += 1
                since += 1
                total += value
                squares += value * value
                fresh_total += value
                fresh_squares += value * value
                if run > window:
                    old = values[t - window]
                    total -= old
                    squares -= old * old
                if since == window:
                    # Summed from nothing over exactly this window.
                    total, squares = fresh_total, fresh_squares
                    fresh_total = fresh_squares = 0.0
                    since = 0
            totals[t - begin] = total
            squared[t - begin] = squares if run >= window else math.nan
        _write_deviations(totals, squared, window, out[begin:stop])


@compiled
def _write_deviations(totals: FloatArray, squared: FloatArray, window: int, out: FloatArray) -> None:
    for k in range(out.size):
        variance = (squared[k] - totals[k] * totals[k] / window) / (window - 1)
        out[k] = math.sqrt(0.0 if variance < 0.0 else variance)
