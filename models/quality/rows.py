"""Named rules on raw rows. A row that breaks one is quarantined with the rule's name, never repaired."""

from enum import IntEnum

import numpy as np

from models.types import Bars, BoolArray, IntArray


class Flaw(IntEnum):
    """What is wrong with a row, the worst first. Stored with quarantined rows: append, never renumber."""

    NONE = 0
    NO_TIME = 1
    NOT_FINITE = 2
    NOT_POSITIVE = 3
    NEGATIVE_VOLUME = 4
    HIGH_BELOW_LOW = 5
    OUTSIDE_RANGE = 6
    OFF_GRID = 7
    UNFINISHED = 8
    UNSORTED = 9
    DUPLICATE = 10
    CONFLICT = 11
    CONFLICT_STORED = 12
    SPIKE = 13

    @property
    def text(self) -> str:
        """What a person reads."""
        return _TEXTS[self]


_TEXTS: dict[Flaw, str] = {
    Flaw.NONE: "nothing wrong",
    Flaw.NO_TIME: "no time stamp",
    Flaw.NOT_FINITE: "a missing or infinite figure",
    Flaw.NOT_POSITIVE: "a price of zero or below",
    Flaw.NEGATIVE_VOLUME: "a negative volume",
    Flaw.HIGH_BELOW_LOW: "high below low",
    Flaw.OUTSIDE_RANGE: "open or close outside high and low",
    Flaw.OFF_GRID: "a time stamp off the timeframe's grid",
    Flaw.UNFINISHED: "a bar that had not closed yet",
    Flaw.UNSORTED: "a time stamp before an earlier row's",
    Flaw.DUPLICATE: "a repeated time stamp with the same figures",
    Flaw.CONFLICT: "a repeated time stamp with different figures (none of them is kept)",
    Flaw.CONFLICT_STORED: "figures other than those of the stored bar (the stored one is kept)",
    Flaw.SPIKE: "an absurd price that the neighbouring bars contradict",
}


def flaws_of(rows: Bars, bar_micros: int, now: int, opens: IntArray | None = None) -> IntArray:
    """Flaw code of every raw row, shape (n,); the rows come as they stood in the source. SPIKE needs the stored
    neighbours and is graded by `spikes` once they are there.

    Args:
        now: UTC microseconds; it decides which bars had closed.
        opens: of all bars of the market from the first row to `now`, ascending (the sessions of an exchange); None
            for a market that trades round the clock, whose bars open at every multiple of `bar_micros`.
    """
    prices = np.column_stack([rows.open, rows.high, rows.low, rows.close])
    flaw = np.zeros(len(rows), np.int64)
    with np.errstate(invalid="ignore"):
        for code, bad in (
            (Flaw.NO_TIME, rows.ts < 0),
            (Flaw.NOT_FINITE, ~(np.isfinite(prices).all(axis=1) & np.isfinite(rows.volume))),
            (Flaw.NOT_POSITIVE, (prices <= 0.0).any(axis=1)),
            (Flaw.NEGATIVE_VOLUME, rows.volume < 0.0),
            (Flaw.HIGH_BELOW_LOW, rows.high < rows.low),
            (Flaw.OUTSIDE_RANGE, _outside(rows)),
            (Flaw.OFF_GRID, _off_grid(rows.ts, bar_micros, now, opens)),
            (Flaw.UNFINISHED, rows.ts > now - bar_micros),
        ):
            flaw[(flaw == 0) & bad] = code
    return _order_flaws(rows, flaw)


def count_flaws(flaws: IntArray) -> dict[str, int]:
    """How many rows each flaw has, by name, most frequent first."""
    codes, counts = np.unique(flaws[flaws > 0], return_counts=True)
    pairs = sorted(zip(codes, counts, strict=True), key=lambda pair: -int(pair[1]))
    return {Flaw(int(code)).name.lower(): int(count) for code, count in pairs}


def _off_grid(ts: IntArray, bar_micros: int, now: int, opens: IntArray | None) -> BoolArray:
    off: BoolArray = ts % bar_micros != 0 if opens is None else ~np.isin(ts, opens) & (ts <= now - bar_micros)
    return off


def _outside(rows: Bars) -> BoolArray:
    top, bottom = np.maximum(rows.open, rows.close), np.minimum(rows.open, rows.close)
    return (top > rows.high) | (bottom < rows.low)


def _order_flaws(rows: Bars, flaw: IntArray) -> IntArray:
    sound = np.flatnonzero(flaw == 0)
    ts = rows.ts[sound]
    if not ts.size:
        return flaw
    highest = np.maximum.accumulate(ts)
    late = np.flatnonzero(ts[1:] < highest[:-1]) + 1
    repeats = np.flatnonzero(ts[1:] == highest[:-1]) + 1
    first = np.searchsorted(highest, ts[repeats], side="left")
    same = np.ones(repeats.size, np.bool_)
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(rows, name)[sound]
        same &= column[repeats] == column[first]
    flaw[sound[late]] = Flaw.UNSORTED
    flaw[sound[repeats]] = np.where(same, Flaw.DUPLICATE, Flaw.CONFLICT)
    flaw[sound[first[~same]]] = Flaw.CONFLICT
    return flaw
