"""What a series' own data forbids: bars on which nothing may be traded."""

import numpy as np

from models.sessions import expected_opens
from models.sessions.listing import NEVER_AFTER
from models.types import Bars, IntArray, Reason, Series
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.quality import block_codes

# No exchange stays shut for longer in peace; the one of September 2001 took a week.
LONGEST_CLOSURE = 14 * DAY


def data_gate(desk: Desk, series: Series, bars: Bars) -> IntArray:
    """0 or the Reason code of every bar, shape (n_bars,). It depends on this and earlier bars only, so that a backtest
    is refused exactly what paper was refused.
    """
    gate = np.zeros(len(bars), np.int64)
    if not len(bars):
        return gate
    listed, delisted = desk.listed_span(series)
    gate[(bars.ts < listed) | (bars.ts >= _last_open(desk, series, delisted))] = int(Reason.REFUSED_NOT_LISTED)
    gate[block_codes(desk, series, bars) != 0] = int(Reason.REFUSED_DATA)
    return gate


def _last_open(desk: Desk, series: Series, delisted: int) -> int:
    """Open of the last bar before the delisting: an order decided on it would find no market."""
    if delisted == NEVER_AFTER:
        return NEVER_AFTER
    opens = expected_opens(desk.calendar(series), series.timeframe, delisted - LONGEST_CLOSURE, delisted)
    return int(opens[-1]) if opens.size else delisted
