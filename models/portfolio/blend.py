"""One edge out of several."""

import math

import numpy as np

from models.kernels import compiled
from models.types import FloatArray


@compiled
def blend(edge_a: float, confidence_a: float, edge_b: float, confidence_b: float) -> float:
    """Confidence-weighted mean of two edges, basis points; zero when neither is trusted, NaN when one is unknown."""
    if math.isnan(edge_a) or math.isnan(edge_b):
        return math.nan
    weight = confidence_a + confidence_b
    if weight <= 0.0:
        return 0.0
    return (confidence_a * edge_a + confidence_b * edge_b) / weight


@compiled
def blend_bars(
    edge_a: FloatArray, confidence_a: FloatArray, edge_b: FloatArray, confidence_b: FloatArray
) -> FloatArray:
    """`blend` for every bar, shape (n_bars,)."""
    out = np.empty(edge_a.size)
    for t in range(edge_a.size):
        out[t] = blend(edge_a[t], confidence_a[t], edge_b[t], confidence_b[t])
    return out
