"""Two feeds of one market held against each other, and a feed's clock against ours."""

import numpy as np

from models.quality.prints import CONTEXT
from models.quality.rules import Finding, Rule
from models.types import Bars, BoolArray, FloatArray, IntArray, iso
from models.types.timeframes import SECOND


def disagreement_bps(bars: Bars, other: Bars) -> tuple[IntArray, FloatArray]:
    """The opens that both have, and there the close of `bars` over the other's, in basis points (1e-4), signed."""
    ts, mine, theirs = np.intersect1d(bars.ts, other.ts, assume_unique=True, return_indices=True)
    return ts, (bars.close[mine] / other.close[theirs] - 1.0) * 1e4


def spike_second_feed(bars: Bars, other: Bars, tolerance_bps: float) -> BoolArray:
    """Rows of `bars` whose close strays from the second feed, shape (n_bars,); False where the other has no bar.

    The feeds may differ all the time (two venues, two quote currencies): a row is held against the median difference
    of the CONTEXT common bars on each side, and strays by more than `tolerance_bps` from it. Which feed strayed is
    decided by the neighbours: the row is named only if it is `bars` that moved away from its own by more.
    """
    ts, difference = disagreement_bps(bars, other)
    strays = np.abs(_aside(difference)) > tolerance_bps
    mine, theirs = np.searchsorted(bars.ts, ts), np.searchsorted(other.ts, ts)
    moved = np.abs(_aside(np.log(bars.close[mine]))) > np.abs(_aside(np.log(other.close[theirs])))
    found = np.zeros(len(bars), np.bool_)
    found[mine[strays & moved]] = True
    return found


def clock_skew(newest_open: int, venue_now: int | None, our_now: int, limit: int) -> Finding | None:
    """A finding if the clocks differ by more than `limit`, or a bar opened later than our clock says by as much.

    All in UTC microseconds; `venue_now` is None where the venue does not tell its time.
    """
    apart = 0 if venue_now is None else venue_now - our_now
    ahead = newest_open - our_now
    if abs(apart) > limit:
        side = "ahead of" if apart > 0 else "behind"
        sentence = f"the venue's clock is {abs(apart) / SECOND:g} s {side} ours, {limit / SECOND:g} s are allowed"
        return Finding(Rule.CLOCK_SKEW, 1, None, None, f"{sentence}; set this machine's clock")
    if ahead > limit:
        sentence = f"the newest bar opens at {iso(newest_open)}, {ahead / SECOND:g} s after our clock's time"
        return Finding(Rule.CLOCK_SKEW, 1, newest_open, newest_open, f"{sentence}; set this machine's clock")
    return None


def _aside(values: FloatArray) -> FloatArray:
    """Each value minus the median of up to CONTEXT values on each side of it, shape (n,); 0 for a lone value."""
    padded = np.concatenate([np.full(CONTEXT, np.nan), values, np.full(CONTEXT, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * CONTEXT + 1)
    around = np.delete(windows, CONTEXT, axis=1)
    return values - np.nanmedian(around, axis=1) if values.size > 1 else np.zeros(values.size)
