"""Jumps between a bar and the bars before it, as they look when the bar has just closed."""

import numpy as np

from models.kernels import compiled
from models.quality.prints import CONTEXT, UNREST_POWER, middle, spread
from models.types import BoolArray, FloatArray

# A jump this near to a simple ratio at the open, and this near at the close: a market moves on the day of its split.
SPLIT_OPEN = 0.035
SPLIT_CLOSE = 0.10
# Larger jumps between two bars have no other cause, whatever the ratio; the close has to stay most of the way.
SPLIT_ANY = 4.5
# Close over the median of the CONTEXT closes before it, either way, that has to be confirmed.
JUMP = 1.3


@compiled
def split_jumps(opens: FloatArray, close: FloatArray) -> BoolArray:
    """Bars that jumped as at a split, shape (n,).

    They opened near 2/3, 1/2, 1/3 or 1/4 of the last close, or the inverse, and ended there, or jumped by SPLIT_ANY.
    """
    found = np.zeros(close.size, np.bool_)
    for i in range(1, close.size):
        at_open = opens[i] / close[i - 1]
        at_close = close[i] / close[i - 1]
        if at_open < 1.0:
            at_open, at_close = 1.0 / at_open, 1.0 / at_close
        if at_open < 1.4:
            continue
        found[i] = at_open >= SPLIT_ANY and at_close >= SPLIT_ANY * 0.75
        for ratio in (1.5, 2.0, 3.0, 4.0):
            near = abs(at_open / ratio - 1.0) <= SPLIT_OPEN and abs(at_close / ratio - 1.0) <= SPLIT_CLOSE
            found[i] = found[i] or near
    return found


@compiled
def unconfirmed(close: FloatArray, known: BoolArray) -> BoolArray:
    """Closes far off the median of the CONTEXT closes before them, shape (n,), unless those are as far apart.

    It is over when the price came back or the next two closes stayed. Closes from before a bar of `known` (the first
    one after a split) do not count.
    """
    found = np.zeros(close.size, np.bool_)
    since = 0
    for i in range(close.size):
        if known[i]:
            since = i
        first = max(since, i - CONTEXT)
        near = True
        for k in range(first, i):
            near = near and close[i] < close[k] * JUMP and close[k] < close[i] * JUMP
        if not near:
            before = np.sort(close[first:i])
            far = max(JUMP, spread(before) ** UNREST_POWER)
            found[i] = close[i] >= middle(before) * far or close[i] * far <= middle(before)
    return found
