"""Which bars a market should have had."""

import numpy as np

from models.sessions.table import exchange_sessions
from models.types import Calendar, IntArray, bar_micros
from models.types.timeframes import DAY


def expected_opens(calendar: Calendar, timeframe: str, first: int, last: int) -> IntArray:
    """Opens of all bars from `first` to `last`, both included, int64 UTC microseconds, ascending.

    Daily bars of an exchange are stamped with their session's date at midnight UTC; shorter ones with their open. The
    first of these opens with the session, and the last one ends with it, however short it is.
    """
    step = bar_micros(timeframe)
    if calendar.name == "24/7":
        return np.arange(first, last + 1, step, dtype=np.int64)
    sessions = exchange_sessions(calendar.name)
    if step >= DAY:
        return sessions.dates[(sessions.dates >= first) & (sessions.dates <= last)]
    rows = sessions.overlapping(first, last)
    opens = _opens(sessions.opens[rows], sessions.closes[rows], step)
    return opens[(opens >= first) & (opens <= last)]


def _opens(begins: IntArray, ends: IntArray, step: int) -> IntArray:
    counts = -((begins - ends) // step)
    before = np.cumsum(counts) - counts
    number = np.arange(counts.sum(), dtype=np.int64) - np.repeat(before, counts)
    opens: IntArray = np.repeat(begins, counts) + number * step
    return opens
