"""The sessions of an exchange as sorted arrays, made once a process."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.types import IntArray

# Both are named: by default exchange-calendars counts them from today, and the same question had two answers.
FIRST, LAST = "1900-01-02", "2100-12-31"


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Columns of shape (n_sessions,), ascending UTC microseconds, not writeable.

    `dates` holds midnight UTC of the session's local date, `opens` and `closes` its hours, half days and late openings
    included.
    """

    dates: IntArray
    opens: IntArray
    closes: IntArray

    def overlapping(self, first: int, last: int) -> slice:
        """Rows of the sessions of which some part lies from `first` to `last`; their closes are outside them."""
        start, stop = self.closes.searchsorted(first, side="right"), self.opens.searchsorted(last, side="right")
        return slice(int(start), int(stop))


@lru_cache(maxsize=8)
def exchange_sessions(name: str) -> Sessions:
    """Every session of the exchange from FIRST to LAST; what exchange-calendars expects of the future may change."""
    # Imported here: with pandas it takes a second, which a book that trades around the clock need not wait.
    import exchange_calendars

    calendar = exchange_calendars.get_calendar(name, start=FIRST, end=LAST)
    days = calendar.sessions.to_numpy(dtype="datetime64[us]").astype(np.int64)
    columns = days, calendar.opens_nanos // 1000, calendar.closes_nanos // 1000
    for column in columns:
        column.flags.writeable = False
    return Sessions(*columns)
