"""What the hidden Markov model sees of a bar: how far it went, which way, from where, and whether after a gap."""

import math
from typing import NamedTuple

import numpy as np

from models.kernels import compiled
from models.regime.rules import GAP_CRISIS
from models.types import FloatArray

# Bars over which the middle of the prices and the usual range are averaged.
MEMORY = 10.0
# So far from the middle, in usual ranges, a price counts as no farther.
FARTHEST = 6.0


class Observed(NamedTuple):
    """Columns of shape (n,), each known at the bar's close.

    Attributes:
        size: log of the true range in logs of price: nearly Gaussian, and a far better measure of volatility than the
            return (Alizadeh, Brandt and Diebold 2002); NaN for a bar that did not move at all.
        move: log return over the true range, -1..1: direction, whatever the volatility.
        stretch: how far the close before was above the exponential average of closes, in usual true ranges.
        gap: 1 where the open is more than 3 % away from the close before, else 0.
    """

    size: FloatArray
    move: FloatArray
    stretch: FloatArray
    gap: FloatArray


@compiled
def observe(opens: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> Observed:
    """Of bars with positive prices, shape (n,) each; the close before the first bar is its open."""
    n = close.size
    size = np.full(n, math.nan)
    move = np.zeros(n)
    stretch = np.zeros(n)
    gap = np.zeros(n)
    middle = 0.0
    usual = 0.0
    moved = 0
    for t in range(n):
        last = close[t - 1] if t else opens[t]
        before = math.log(last)
        price = math.log(close[t])
        reach = max(math.log(high[t]), before) - min(math.log(low[t]), before)
        if abs(opens[t] / last - 1.0) > GAP_CRISIS:
            gap[t] = 1.0
        if moved:
            stretch[t] = max(-FARTHEST, min(FARTHEST, (before - middle) / math.exp(usual)))
        if reach > 0.0:
            size[t] = math.log(reach)
            move[t] = (price - before) / reach
            moved += 1
            usual += (size[t] - usual) / min(moved, MEMORY)
        if t == 0:
            middle = price
        middle += (price - middle) / min(t + 1, MEMORY)
    return Observed(size, move, stretch, gap)
