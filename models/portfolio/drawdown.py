"""Falls from a peak: how deep and how long.

Magdon-Ismail and Atiya, "Maximum Drawdown", Risk 17(10), 2004, for the depth.
"""

import numpy as np

from models.types import FloatArray


def deepest_drawdown(curve: FloatArray) -> float:
    """Deepest fall of a `funded` curve (n_bars,) from the highest value before, 0..1; 1 when it begins with nothing."""
    if curve[0] <= 0.0:
        return 1.0
    return float((1.0 - curve / np.maximum.accumulate(curve)).max())


def longest_drawdown(curve: FloatArray) -> int:
    """Longest time under water of a curve (n_bars,), bars: from a peak until it is reached again, or the end."""
    peaks = np.flatnonzero(curve >= np.maximum.accumulate(curve))
    to_the_end = curve.size - 1 - int(peaks[-1])
    between = np.diff(peaks)
    recovered = between[between > 1]
    return max(to_the_end, int(recovered.max()) if recovered.size else 0)
