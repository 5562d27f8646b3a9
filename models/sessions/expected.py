"""Which bars a market should have had."""

from functools import lru_cache

import exchange_calendars
import numpy as np
import pandas as pd

from models.types import Calendar, IntArray, bar_micros, from_micros
from models.types.timeframes import DAY

# exchange-calendars keeps twenty years by default; index history reaches further back. The long one takes a second.
FIRST_SESSION = pd.Timestamp("1980-01-02")
FIRST_EVER = pd.Timestamp("1900-01-02")


def expected_opens(calendar: Calendar, timeframe: str, first: int, last: int) -> IntArray:
    """Opens of all bars from `first` to `last`, both included, int64 UTC microseconds, ascending.

    Daily bars of an exchange are stamped with their session's date at midnight UTC; shorter ones with their open.
    """
    step = bar_micros(timeframe)
    if calendar.name == "24/7":
        return np.arange(first, last + 1, step, dtype=np.int64)
    begin, end = (pd.Timestamp(from_micros(one)).tz_localize(None).normalize() for one in (first, last))
    sessions = _exchange(calendar.name, FIRST_SESSION if begin >= FIRST_SESSION else FIRST_EVER)
    if step >= DAY:
        found = sessions.sessions_in_range(begin, end)
    else:
        found = sessions.trading_index(begin, end, f"{step // 60_000_000}min", intervals=False, closed="left")
        found = found.tz_convert(None)
    opens: IntArray = found.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return opens[(opens >= first) & (opens <= last)]


@lru_cache(maxsize=8)
def _exchange(name: str, start: pd.Timestamp) -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar(name, start=start)
