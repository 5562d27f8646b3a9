"""Joining a daily index to bars as of the time it was known."""

import numpy as np

from models.kernels import known_runs, spread
from models.types import FloatArray, IntArray
from models.types.timeframes import DAY

# An index value that was published more than a week ago says nothing about today.
OLDEST = 7 * DAY


def index_as_known(closes: IntArray, published: IntArray, index_close: FloatArray) -> FloatArray:
    """The newest index close that was known when each bar closed, shape (n_bars,); NaN where there was none.

    `closes` are the bars' (n_bars,), `published` when each index close was known (n_values,); UTC microseconds,
    ascending. VIX of a day is published a quarter of an hour after stocks have closed: it never decides that day's bar.
    """
    starts, stops = known_runs(closes, published, OLDEST)
    out = np.empty(closes.size)
    spread(index_close, starts, stops, out)
    return out
