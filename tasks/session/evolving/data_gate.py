"""How much of the training bars is not to be trusted: the figure of the gate `data_quality`."""

from collections.abc import Sequence

import numpy as np

from data.coverage import Absence
from models.types import BoolArray, IntArray, Series
from tasks.session.desk import Desk
from tasks.session.quality import block_codes
from tasks.session.stock import expected_bars, take_stock


def missing_share(desk: Desk, series: Sequence[Series], begin: int, end: int) -> float | None:
    """Share of the bars of all `series` that opened from `begin` to `end` (UTC microseconds, both included) that are
    missing against the calendar, quarantined, or may not be traded on, 0..1. A bar counts once.

    A bar that nobody traded in is none, and nothing is missing before a series begins or behind its end. None where no
    series has a sound bar in that time.

    Raises:
        BadInput: the lake lacks one of the series.
        Damaged: stored data does not match its checksum.
    """
    counts = np.array([_counts(desk, one, begin, end) for one in series], np.int64).reshape(-1, 3)
    sound, wrong, every = counts.sum(axis=0).tolist()
    return wrong / every if sound else None


def _counts(desk: Desk, series: Series, begin: int, end: int) -> tuple[int, int, int]:
    """(sound bars, bars that are not to be trusted, bars in all) of a series in that time."""
    bars, ledger = desk.bars.read(series), take_stock(desk, series, store=False)
    expected = expected_bars(desk, series, np.array(ledger.reach or (), np.int64))
    lost = _absent(ledger.absences, expected) | np.isin(expected, _quarantined(desk, series))
    blocked = bars.ts[block_codes(desk, series, bars) != 0]
    wrong = np.union1d(np.setdiff1d(expected[lost], bars.ts), blocked)
    sound, wrong, every = (_within(one, begin, end) for one in (bars.ts, wrong, np.union1d(bars.ts, wrong)))
    return sound.size, wrong.size, every.size


def _absent(absences: Sequence[Absence], opens: IntArray) -> BoolArray:
    """Which of the market's bars the lake has not, shape (n,); those of known outages are among them."""
    found: BoolArray = np.zeros(opens.size, np.bool_)
    for one in absences:
        found[np.searchsorted(opens, one.start) : np.searchsorted(opens, one.end, side="right")] = True
    return found


def _quarantined(desk: Desk, series: Series) -> IntArray:
    """Opens of the rows that are kept apart; a sound bar may stand in the place of one."""
    aside, _ = desk.bars.quarantined(series)
    stored, flaws = desk.bars.times(series)
    return np.concatenate((aside, stored[flaws != 0]))


def _within(ts: IntArray, begin: int, end: int) -> IntArray:
    return ts[(ts >= begin) & (ts <= end)]
