"""The rule table of the design, first match wins, taken over once it held in 3 of the last 5 bars."""

import numpy as np

from models.kernels import compiled
from models.types import FloatArray, IntArray, Regime

VOLATILE, TRENDING, RANGING, CRISIS = (int(one) for one in Regime)
REGIMES = len(Regime)
MEMORY = 5
NEEDED = 3

INDEX_CRISIS = 35.0
INDEX_HIGH = 25.0
GAP_CRISIS = 0.03
ATR_HIGH = 1.5
ADX_WEAK = 20.0
ADX_STRONG = 25.0


@compiled
def classify(index: float, gap: float, atr_ratio: float, adx: float, before: int) -> int:
    """The raw regime of one bar; `before` is the raw regime of the bar before.

    An unknown figure (NaN) fires no rule. Between ADX 20 and 25 nothing fires and the regime stays as it was.
    """
    if index > INDEX_CRISIS or abs(gap) > GAP_CRISIS:
        return CRISIS
    if (index > INDEX_HIGH or atr_ratio > ATR_HIGH) and adx < ADX_WEAK:
        return VOLATILE
    if adx > ADX_STRONG:
        return TRENDING
    if adx < ADX_WEAK:
        return RANGING
    return before


@compiled
def label_regimes(index: FloatArray, gap: FloatArray, atr_ratio: FloatArray, adx: FloatArray) -> IntArray:
    """Regime code of every bar, shape (n_bars,); starts as ranging.

    A raw regime becomes the regime once it held in NEEDED of the last MEMORY bars.
    """
    n = index.size
    raw = np.empty(n, np.int64)
    labels = np.empty(n, np.int64)
    counts = np.zeros(REGIMES, np.int64)
    before = RANGING
    current = RANGING
    for t in range(n):
        before = classify(index[t], gap[t], atr_ratio[t], adx[t], before)
        raw[t] = before
        counts[before] += 1
        if t >= MEMORY:
            counts[raw[t - MEMORY]] -= 1
        if counts[before] >= NEEDED:
            current = before
        labels[t] = current
    return labels
