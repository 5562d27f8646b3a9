"""What was known when: joins of two ascending columns of times."""

import math

import numpy as np

from models.kernels.compile import compiled
from models.types.arrays import FloatArray, IntArray

# Where one column is so many times longer, looking up each time of the short one beats passing the long one.
SPARSE = 32
# Older than any two times can be apart.
ANY_AGE = np.iinfo(np.int64).max // 4

# For each known row the first of the times at which it is the newest, and the first at which it no longer is.
Runs = tuple[IntArray, IntArray]


def known_runs(times: IntArray, known_at: IntArray, oldest: int | None = None) -> Runs:
    """For each row that became known at `known_at` (m,) the run of `times` (n,) at which it is the newest known one:
    `starts` (m,) included, `stops` (m,) not. Both columns ascend, in microseconds; a row is known at its very time.

    Of rows known at the same time the last one counts; a row that was known for longer than `oldest` no longer does.
    """
    if known_at.size * SPARSE < times.size:
        starts = np.searchsorted(times, known_at, side="left")
    else:
        starts = _firsts(times, known_at)
    stops = np.append(starts[1:], times.size)
    if oldest is not None:
        stops = np.minimum(stops, np.searchsorted(times, known_at + oldest, side="right"))
    return starts, stops


def as_of(times: IntArray, known_at: IntArray, oldest: int | None = None) -> IntArray:
    """For each of `times` the number of the newest row that was known by then, -1 where there was none; shape (n,).

    `known_at` (m,) and `oldest` as in `known_runs`.
    """
    if times.size * SPARSE < known_at.size:
        rows = np.searchsorted(known_at, times, side="right") - 1
        return rows if oldest is None else _dated(rows, times, known_at, oldest)
    out = np.empty(times.size, np.int64)
    _merge(times, known_at, ANY_AGE if oldest is None else oldest, out)
    return out


@compiled
def spread(values: FloatArray, starts: IntArray, stops: IntArray, out: FloatArray) -> None:
    """Write each of `values` (m,) into its run of `out` (n,), and NaN where no run is."""
    at = 0
    for row in range(values.size):
        while at < starts[row]:
            out[at] = math.nan
            at += 1
        while at < stops[row]:
            out[at] = values[row]
            at += 1
    while at < out.size:
        out[at] = math.nan
        at += 1


@compiled
def write_first_known(first: FloatArray, second: FloatArray, out: FloatArray) -> None:
    """Write `first` into `out`, and `second` where `first` is NaN; shape (n,) each."""
    for i in range(out.size):
        out[i] = second[i] if math.isnan(first[i]) else first[i]


@compiled
def _firsts(times: IntArray, known_at: IntArray) -> IntArray:
    out = np.empty(known_at.size, np.int64)
    at = 0
    for row in range(known_at.size):
        while at < times.size and times[at] < known_at[row]:
            at += 1
        out[row] = at
    return out


@compiled
def _merge(times: IntArray, known_at: IntArray, oldest: int, out: IntArray) -> None:
    row = -1
    for i in range(times.size):
        while row + 1 < known_at.size and known_at[row + 1] <= times[i]:
            row += 1
        out[i] = row if row >= 0 and times[i] - known_at[row] <= oldest else -1


@compiled
def _dated(rows: IntArray, times: IntArray, known_at: IntArray, oldest: int) -> IntArray:
    for i in range(rows.size):
        if rows[i] >= 0 and times[i] - known_at[rows[i]] > oldest:
            rows[i] = -1
    return rows
