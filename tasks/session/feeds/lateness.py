"""Which bars there should be by now."""

import numpy as np

from models.sessions import bar_closes, expected_opens
from models.types import Bars, Calendar, bar_micros
from models.types.timeframes import DAY

# Longer than any market was ever shut; what lies before adds nothing to the question whether a feed is late.
LONGEST_BREAK = 14 * DAY


def bars_due(calendar: Calendar, timeframe: str, cursor: int, now: int, limit: int) -> int:
    """Bars from the open `cursor` on that had closed by `now` (UTC microseconds), counted to somewhat above `limit`."""
    begin = max(cursor, now - LONGEST_BREAK - (limit + 2) * bar_micros(timeframe) * _longest_day_ratio(calendar))
    opens = expected_opens(calendar, timeframe, begin, max(begin, now))
    return int((bar_closes(calendar, timeframe, opens) <= now).sum())


def closed_from(bars: Bars, calendar: Calendar, timeframe: str, cursor: int | None, now: int) -> Bars:
    """The bars from `cursor` on that had closed by `now`: what may be spliced."""
    wanted = bar_closes(calendar, timeframe, bars.ts) <= now
    if cursor is not None:
        wanted &= bars.ts >= cursor
    return bars.rows(wanted)


def in_order(bars: Bars) -> bool:
    """Whether every bar opens after the one before it."""
    return bool((np.diff(bars.ts) > 0).all())


def _longest_day_ratio(calendar: Calendar) -> int:
    """Real time that trading time stretches over, rounded up: nights and weekends included."""
    return -(-7 * DAY // (calendar.days_per_week * calendar.day_micros))
