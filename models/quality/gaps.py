"""Bars that should be there and are not."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.kernels import compiled
from models.types import IntArray


class GapKind(StrEnum):
    """Why bars are absent."""

    QUIET = "quiet"
    MISSING = "missing"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Gap:
    """`missing` expected bars in a row, the first opening at `start`, the last at `end` (UTC microseconds)."""

    start: int
    end: int
    missing: int
    kind: GapKind = GapKind.MISSING


def find_gaps(ts: IntArray, expected: IntArray) -> list[Gap]:
    """Runs of `expected` bar opens that `ts` lacks, each MISSING until something explains it.

    Both ascending, int64 microseconds.
    """
    first, last = absent_runs(ts, expected)
    columns = (expected[first].tolist(), expected[last].tolist(), (last - first + 1).tolist())
    return list(map(Gap, *columns))


@compiled
def absent_runs(ts: IntArray, expected: IntArray) -> tuple[IntArray, IntArray]:
    """Positions in `expected` of the first and the last bar of every run that `ts` lacks; both ascending."""
    first = np.empty(expected.size, np.int64)
    last = np.empty(expected.size, np.int64)
    count = 0
    absent = False
    k = 0
    for i in range(expected.size):
        while k < ts.size and ts[k] < expected[i]:
            k += 1
        if k < ts.size and ts[k] == expected[i]:
            absent = False
            continue
        if not absent:
            first[count] = i
            count += 1
        last[count - 1] = i
        absent = True
    return first[:count].copy(), last[:count].copy()
