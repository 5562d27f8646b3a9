"""A filtered hidden Markov model (first version)."""

import math

import numpy as np

from models.kernels import compiled
from models.regime.detected import CRISIS, RANGING, TRENDING, VOLATILE, Detected, persistent
from models.types import FloatArray, IntArray


def by_hmm(open: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> Detected:  # noqa: A002
    """Regimes of bars by the filtered posterior of a hidden Markov model; columns of shape (n,)."""
    raw, posterior = _filtered(open, high, low, close)
    label = persistent(raw)
    return Detected(raw, label, posterior[np.arange(label.size), label])


@compiled
def _filtered(opens: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> tuple[IntArray, FloatArray]:
    n = close.size
    raw = np.empty(n, np.int64)
    out = np.full((n, 4), 0.25)
    belief = np.full(4, 0.25)
    level = math.nan
    drift = 0.0
    before = RANGING
    for t in range(n):
        size = (
            math.log(max(high[t], opens[t]) / min(low[t], opens[t]) + 1e-9)
            if False
            else math.log(max(high[t] / low[t] - 1.0, 1e-6))
        )
        level = size if math.isnan(level) else level + 0.005 * (size - level)
        move = math.log(close[t] / close[t - 1]) / math.exp(level) if t else 0.0
        drift += 0.1 * (move - drift)
        x = size - level
        trend = min(abs(drift) * 4.0, 3.0)
        weights = (
            -0.5 * (x - 0.7) * (x - 0.7) / 0.16,
            -0.5 * (x - 0.1) * (x - 0.1) / 0.16 - 0.5 * (trend - 1.0) * (trend - 1.0) / 0.25,
            -0.5 * (x + 0.3) * (x + 0.3) / 0.16 - 0.5 * trend * trend / 0.25,
            -0.5 * (x - 1.5) * (x - 1.5) / 0.36,
        )
        total = 0.0
        for k in range(4):
            total += belief[k]
        for k in range(4):
            belief[k] = (0.98 * belief[k] + 0.005) * math.exp(max(weights[k], -12.0))
        total = belief[0] + belief[1] + belief[2] + belief[3]
        best = 0
        for k in range(4):
            belief[k] /= total
            out[t, k] = belief[k]
            if belief[k] > belief[best]:
                best = k
        second = 0.0
        for k in range(4):
            if k != best and belief[k] > second:
                second = belief[k]
        if belief[best] - second >= 0.1:
            before = best
        raw[t] = before
    return raw, out
