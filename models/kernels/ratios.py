"""Quotients that say NaN instead of dividing by nothing."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Element-wise numerator / denominator, shape (n,); NaN where the denominator is NaN, zero or negative."""
    out = np.empty(denominator.size)
    write_ratio(numerator, denominator, out)
    return out


@compiled
def write_ratio(numerator: FloatArray, denominator: FloatArray, out: FloatArray) -> None:
    """Write what `ratio` gives into `out`, shape (n,)."""
    for i in range(out.size):
        out[i] = numerator[i] / denominator[i] if denominator[i] > 0.0 else math.nan
