"""The lowest and the highest of a window, exactly.

TA-Lib's MIN and MAX give values over windows with a NaN in them, and take five times as long.
"""

import math

import numpy as np

from models.kernels import compiled
from models.types import FloatArray

# Small enough that a block stays in the nearest cache through all its passes.
BLOCK = 1024


@compiled
def write_extreme(values: FloatArray, window: int, upper: bool, out: FloatArray) -> None:
    """Write the highest (`upper`) or lowest of the last `window` values, this one included, into `out`, shape (n,).

    NaN until that many in a row are no NaN. It takes O(n log window): the extreme of 2 values gives that of 4, that
    of 8 and so on, and two that overlap give the whole window's. Each pass compares two stretches side by side, of
    which processors do several values at a time as long as they need not fear to write what they read: two rooms.
    """
    block = max(BLOCK, window)
    rooms = np.empty((2, block + window))
    out[: window - 1] = math.nan
    for begin in range(window - 1, values.size, block):
        target = out[begin : begin + block]
        # have[k] is the extreme of `width` values that begin with the k-th of this stretch.
        have = values[begin - window + 1 : begin + target.size]
        width = 1
        turn = 0
        while 2 * width <= window:
            room = rooms[turn, : have.size - width]
            _write_further(have[: room.size], have[width:], upper, room)
            have = room
            width *= 2
            turn = 1 - turn
        _write_further(have[: target.size], have[window - width :], upper, target)


@compiled
def _write_further(one: FloatArray, other: FloatArray, upper: bool, out: FloatArray) -> None:
    """The higher (`upper`) or lower of each two; NaN where either is NaN."""
    if upper:
        for k in range(out.size):
            x, y = one[k], other[k]
            out[k] = x if x > y or math.isnan(x) else y
    else:
        for k in range(out.size):
            x, y = one[k], other[k]
            out[k] = x if x < y or math.isnan(x) else y
