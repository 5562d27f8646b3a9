"""Smaller bars into larger ones.

A larger bar is shown only once it is certain to be complete: when a source bar closes at its end or later, or when the
caller says until when everything is known. So what is shown at a source bar does not change when later ones come.
"""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.resampling.buckets import Buckets, grid_buckets, session_buckets
from models.types import BadInput, Bars, FloatArray, IntArray, bar_micros


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Larger bars with columns of shape (n,): `known_at` is when each one ended (UTC microseconds), `count` of how
    many source bars it was made. A bucket without any source bar has no bar.
    """

    bars: Bars
    known_at: IntArray
    count: IntArray


def resample(
    bars: Bars,
    timeframe: str,
    coarser: str,
    sessions: tuple[IntArray, IntArray] | None = None,
    known_until: int | None = None,
) -> Resampled:
    """`bars` of `timeframe` as bars of `coarser`: first open, highest high, lowest low, last close, summed volume.

    `sessions` (opens, closes; UTC microseconds) are those of an exchange from the first bar to the last; without them
    the market never closes and bars lie on the UTC grid. Source bars outside all sessions count nowhere. Every bar that
    ended by `known_until` is complete, whatever the source bars say. Volume is summed in the order of time.

    Raises:
        BadInput: `coarser` is no larger multiple of `timeframe`.
    """
    source, target = bar_micros(timeframe), bar_micros(coarser)
    if target <= source or target % source:
        raise BadInput(f"bars of {timeframe} cannot become bars of {coarser}: give a larger multiple of {timeframe}")
    if not len(bars):
        nothing = np.empty(0, np.int64)
        return Resampled(bars, nothing, nothing)
    first, last = int(bars.ts[0]), int(bars.ts[-1])
    buckets = grid_buckets(first, last, target) if sessions is None else session_buckets(*sessions, target)
    until = last + source if known_until is None else max(last + source, known_until)
    return _rows(bars, buckets, until)


def _rows(bars: Bars, buckets: Buckets, until: int) -> Resampled:
    bucket, figures, count = _fold(
        bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume, buckets.starts, buckets.ends
    )
    complete = slice(0, int(np.searchsorted(buckets.ends[bucket], until, side="right")))
    shown = bucket[complete]
    columns = [figure[complete] for figure in figures]
    return Resampled(Bars(buckets.stamps[shown], *columns), buckets.ends[shown], count[complete])


@compiled
def _fold(
    ts: IntArray,
    opens: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    volume: FloatArray,
    starts: IntArray,
    ends: IntArray,
) -> tuple[IntArray, FloatArray, IntArray]:
    """Number of each bucket that holds anything (n,), its figures (5, n) and its count of source bars (n,)."""
    room = min(ts.size, starts.size)
    bucket = np.empty(room, np.int64)
    figures = np.empty((5, room))
    count = np.empty(room, np.int64)
    at = 0
    n = 0
    t = 0
    while t < ts.size:
        while at < ends.size and ends[at] <= ts[t]:
            at += 1
        if at == ends.size:
            break
        if ts[t] < starts[at]:
            t += 1
            continue
        begin = t
        highest = high[t]
        lowest = low[t]
        total = 0.0
        while t < ts.size and ts[t] < ends[at]:
            highest = max(highest, high[t])
            lowest = min(lowest, low[t])
            total += volume[t]
            t += 1
        bucket[n] = at
        figures[0, n] = opens[begin]
        figures[1, n] = highest
        figures[2, n] = lowest
        figures[3, n] = close[t - 1]
        figures[4, n] = total
        count[n] = t - begin
        n += 1
    return bucket[:n], figures[:, :n], count[:n]
