"""When each bar is known."""

import numpy as np

from models.sessions.table import exchange_sessions
from models.types import Calendar, IntArray, bar_micros
from models.types.timeframes import DAY


def bar_closes(calendar: Calendar, timeframe: str, ts: IntArray, delay: int = 0) -> IntArray:
    """The moment from which each bar may be used, UTC microseconds, shape of `ts` (the bars' opens, in any order).

    A bar of an exchange ends with its session at the latest: a daily bar (stamped midnight UTC of the session's date)
    at the session's close, an hourly one of 15:30 New York at 16:00, on half days at 13:00. A bar of a market that
    never closes ends one step after its open, and so does a stamp that belongs to no session (a holiday, hours before
    and after trading, a daily bar with a time of day): that is never earlier than the truth.

    `delay` (microseconds) is how much later the bar is published: 15 minutes for a daily close of VIX.
    """
    step = bar_micros(timeframe)
    ends: IntArray = ts + step
    if calendar.name != "24/7":
        sessions = exchange_sessions(calendar.name)
        begins = sessions.dates if step >= DAY else sessions.opens
        # A stamp before the first session finds the last one, which ends too late to matter.
        row = np.searchsorted(begins, ts, side="right") - 1
        close = sessions.closes[row]
        if step >= DAY:
            ends = np.where(begins[row] == ts, close, ends)
        else:
            ends = np.where(ts < close, np.minimum(ends, close), ends)
    return ends + delay
