"""Where the larger bars begin and end."""

from dataclasses import dataclass

import numpy as np

from models.types import IntArray
from models.types.timeframes import DAY


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Columns of shape (n_buckets,), ascending UTC microseconds: a bucket holds what opens from `starts` until before
    `ends`, and its bar is stamped `stamps`. What lies between two buckets belongs to none.
    """

    stamps: IntArray
    starts: IntArray
    ends: IntArray


def grid_buckets(first: int, last: int, step: int) -> Buckets:
    """Buckets of `step` microseconds on the UTC grid, those of `first` and `last` included."""
    starts = np.arange(first // step * step, last + 1, step, dtype=np.int64)
    return Buckets(starts, starts, starts + step)


def session_buckets(opens: IntArray, closes: IntArray, step: int) -> Buckets:
    """Buckets of an exchange: `step` microseconds from each session's open on, the last one ending at its close.

    `opens` and `closes` (n_sessions,) ascend, as `models.sessions.session_spans` gives them. From a day on a bucket is
    the session, stamped with its date at midnight UTC.
    """
    if step >= DAY:
        return Buckets(opens // DAY * DAY, opens, closes)
    counts = -((opens - closes) // step)
    number = np.arange(counts.sum(), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(opens, counts) + number * step
    return Buckets(starts, starts, np.minimum(starts + step, np.repeat(closes, counts)))
