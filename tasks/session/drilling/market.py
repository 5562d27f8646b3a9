"""A made market for a drill: hours up to the one that closed last."""

import numpy as np

from models.types import Bars
from models.types.timeframes import HOUR

COUNT = 3000
FIRST = 60_000.0
# Standard deviation of a bar's log return.
NOISE = 0.004


def hours_until(now: int) -> Bars:
    """A seeded walk of COUNT hours whose last bar has closed at or before `now`, UTC microseconds."""
    ts = now // HOUR * HOUR + np.arange(-COUNT, 0, dtype=np.int64) * HOUR
    close = np.round(FIRST * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, NOISE, COUNT))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(COUNT, 1e6))
