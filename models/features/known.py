"""Joining a daily index to bars as of the time it was known."""

import numpy as np

from models.types import FloatArray, IntArray
from models.types.timeframes import DAY

# A daily close is published after the session: it counts as known from the midnight (UTC) after it.
PUBLICATION = DAY
# An index value older than a week says nothing about today.
OLDEST = 7 * DAY


def index_as_known(ts: IntArray, bar_micros: int, index_ts: IntArray, index_close: FloatArray) -> FloatArray:
    """The newest index close that was known before each bar ended, shape (n_bars,); NaN where there was none.

    `ts` and `index_ts` are opens in UTC microseconds, ascending.
    """
    out = np.full(ts.size, np.nan)
    at = np.searchsorted(index_ts + PUBLICATION, ts + bar_micros, side="left") - 1
    rows = np.flatnonzero(at >= 0)
    fresh = rows[ts[rows] - index_ts[at[rows]] <= OLDEST]
    out[fresh] = index_close[at[fresh]]
    return out
