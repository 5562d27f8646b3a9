"""How far an asset usually moves."""

import numpy as np

from models.types import FloatArray, IntArray

LEAST_BARS = 10


def usual_move_bps(ts: IntArray, closes: FloatArray, horizon: int) -> float | None:
    """Mean absolute move over `horizon` microseconds in basis points, if returns were normal and independent: the root
    mean square log return of a bar, times the root of the bars in a horizon, times sqrt(2 / pi).

    None below ten bars, and where nothing moved. A bar's length is the median distance of `ts` (UTC microseconds, shape
    (n_bars,), ascending); `closes` above 0, the same shape.
    """
    if ts.size < LEAST_BARS:
        return None
    returns = np.diff(np.log(closes))
    bars = horizon / float(np.median(np.diff(ts)))
    move = float(np.sqrt(np.mean(returns * returns) * bars * 2.0 / np.pi))
    return 1e4 * move if move else None
