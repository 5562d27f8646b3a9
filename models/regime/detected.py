"""What a detector says of every bar, and how a raw regime becomes the one that holds."""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.types import BoolArray, FloatArray, IntArray, Regime

VOLATILE, TRENDING, RANGING, CRISIS = (int(one) for one in Regime)
REGIMES = len(Regime)
MEMORY = 5
NEEDED = 3
# What a bar says inside the dead band.
SILENT = -1


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """Columns of shape (n,), on the bars that were looked at, as known at each bar's close.

    Attributes:
        raw: regime code that the bar itself speaks for; inside the dead band that of the bar before.
        label: regime code that holds: a raw regime is taken over at a bar that speaks for it, once it was seen on 3 of
            the last 5 bars.
        confidence: in `label`, 0..1; what it means is said by each detector.
    """

    raw: IntArray
    label: IntArray
    confidence: FloatArray


@compiled
def persistent(raw: IntArray, spoke: BoolArray) -> IntArray:
    """The regime that holds at every bar, shape (n,): ranging until one held on NEEDED of the last MEMORY bars. It is
    taken over at a bar that `spoke` for it, never at one inside the dead band.
    """
    labels = np.empty(raw.size, np.int64)
    counts = np.zeros(REGIMES, np.int64)
    current = RANGING
    for t in range(raw.size):
        counts[raw[t]] += 1
        if t >= MEMORY:
            counts[raw[t - MEMORY]] -= 1
        if spoke[t] and counts[raw[t]] >= NEEDED:
            current = raw[t]
        labels[t] = current
    return labels
