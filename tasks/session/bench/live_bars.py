"""Hours of a made market that a live book is rebalanced in at nearly every bar."""

from decimal import Decimal

import numpy as np

from models.types import Bars, IntArray
from models.types.timeframes import HOUR

# Standard deviation of an hour's log return, and units traded in it: never too few for an order.
NOISE, VOLUME = 0.004, 1e6
FIRST = 100.0


def hourly_bars(ts: IntArray, seed: int = 1) -> Bars:
    """A seeded random walk on a grid of cents; `ts` are the opens (UTC microseconds)."""
    rng = np.random.default_rng(seed)
    close = np.round(FIRST * np.exp(np.cumsum(rng.normal(0.0, NOISE, ts.size))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(ts.size, VOLUME))


def price_of(bars: Bars) -> Decimal:
    """The last close."""
    return Decimal(repr(float(bars.close[-1])))


def hours_until(last: int, count: int) -> IntArray:
    """Opens of so many hours, the last of them in the hour of `last` (UTC microseconds)."""
    return last // HOUR * HOUR + np.arange(1 - count, 1, dtype=np.int64) * HOUR
