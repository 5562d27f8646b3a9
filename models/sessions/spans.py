"""When a market is open."""

import numpy as np

from models.sessions.table import exchange_sessions
from models.types import Calendar, IntArray
from models.types.timeframes import DAY


def session_spans(calendar: Calendar, first: int, last: int) -> tuple[IntArray, IntArray]:
    """Opens and closes of all sessions of which some part lies from `first` to `last` (UTC microseconds).

    Shape (n_sessions,) each, ascending; a close is the first moment outside its session, so a session that closes at
    `first` is not among them. Half days have their own closes; a market that never closes has whole UTC days.
    """
    if calendar.name == "24/7":
        days = _days(first, last)
        return days, days + DAY
    sessions = exchange_sessions(calendar.name)
    rows = sessions.overlapping(first, last)
    return sessions.opens[rows].copy(), sessions.closes[rows].copy()


def session_dates(calendar: Calendar, first: int, last: int) -> IntArray:
    """Dates of the sessions of `session_spans`, row by row: midnight UTC of the local date, as daily bars have it."""
    if calendar.name == "24/7":
        return _days(first, last)
    sessions = exchange_sessions(calendar.name)
    return sessions.dates[sessions.overlapping(first, last)].copy()


def in_session(calendar: Calendar, moment: int) -> bool:
    """Whether the market is open at `moment` (UTC microseconds); at its close it is not."""
    opens, _ = session_spans(calendar, moment, moment)
    return opens.size > 0


def _days(first: int, last: int) -> IntArray:
    return np.arange(first // DAY * DAY, last + 1, DAY, dtype=np.int64)
