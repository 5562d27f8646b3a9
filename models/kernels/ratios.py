"""Quotients that say NaN instead of dividing by nothing."""

import numpy as np

from models.types import FloatArray


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Element-wise numerator / denominator, shape (n,); NaN where the denominator is NaN, zero or negative."""
    out = np.full(denominator.size, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0.0)
    return out
