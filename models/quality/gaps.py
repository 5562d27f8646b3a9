"""Bars that should be there and are not."""

from dataclasses import dataclass

import numpy as np

from models.types import IntArray


@dataclass(frozen=True, slots=True)
class Gap:
    """`missing` expected bars in a row, the first opening at `start`, the last at `end` (UTC microseconds)."""

    start: int
    end: int
    missing: int


def find_gaps(ts: IntArray, expected: IntArray) -> list[Gap]:
    """Runs of `expected` bar opens that `ts` lacks; both ascending, int64 microseconds."""
    missing = ~np.isin(expected, ts)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    pairs = edges.reshape(-1, 2)
    return [Gap(int(expected[a]), int(expected[b - 1]), int(b - a)) for a, b in pairs]
