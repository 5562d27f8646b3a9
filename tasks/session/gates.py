"""Bars on which a series may not be entered, or not be traded at all, by its own data and the settings."""

import numpy as np

from models.quality import outside, recent_middle, turbulent
from models.sessions import expected_opens
from models.sessions.listing import NEVER_AFTER
from models.types import Bars, BoolArray, FloatArray, IntArray, Reason, Series, among
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.quality import block_codes
from tasks.session.second_source import second_closes
from tasks.session.stock import expected_bars

# No exchange stays shut for longer in peace; the one of September 2001 took a week.
LONGEST_CLOSURE = 14 * DAY


def gates(desk: Desk, series: Series, bars: Bars, split: FloatArray) -> IntArray:
    """0 or the Reason code of every bar, shape (n_bars,). It depends on this and earlier bars and the settings only, so
    that a backtest is refused exactly what paper was refused.

    Where several apply the first of these is named: data that is not to be trusted (nothing at all is traded), not
    listed, no session, not among the allowed symbols, price collar, volatility.
    """
    gate = np.zeros(len(bars), np.int64)
    if not len(bars):
        return gate
    listed, delisted = desk.listed_span(series)
    risk = desk.loaded.settings.risk
    ratio = risk.controls.most_volatility_ratio
    found = (
        (Reason.REFUSED_VOLATILITY, turbulent(bars.high, bars.low, bars.close, split, ratio)),
        (Reason.REFUSED_COLLAR, _off_price(desk, series, bars, split)),
        (Reason.REFUSED_NOT_ALLOWED, np.full(len(bars), not is_allowed(desk, series))),
        (Reason.REFUSED_MARKET_CLOSED, ~among(expected_bars(desk, series, bars.ts), bars.ts)),
        (Reason.REFUSED_NOT_LISTED, (bars.ts < listed) | (bars.ts >= _last_open(desk, series, delisted))),
        (Reason.REFUSED_DATA, block_codes(desk, series, bars) != 0),
    )
    for reason, rows in found:
        gate[rows] = int(reason)
    return gate


def is_allowed(desk: Desk, series: Series) -> bool:
    """Whether the symbol may be entered at all (risk.limits.allowed; nothing there allows every symbol)."""
    allowed = desk.loaded.settings.risk.limits.allowed
    return allowed is None or series.symbol in allowed


def _off_price(desk: Desk, series: Series, bars: Bars, split: FloatArray) -> BoolArray:
    """Closes beyond the collar around the closes before them, or around what another venue said."""
    collar = desk.loaded.settings.risk.controls.price_collar
    found: BoolArray = outside(bars.close, recent_middle(bars.close, split), collar)
    for closes in second_closes(desk, series, bars.ts):
        found |= outside(bars.close, closes, collar)
    return found


def _last_open(desk: Desk, series: Series, delisted: int) -> int:
    """Open of the last bar before the delisting: an order decided on it would find no market."""
    if delisted == NEVER_AFTER:
        return NEVER_AFTER
    opens = expected_opens(desk.calendar(series), series.timeframe, delisted - LONGEST_CLOSURE, delisted)
    return int(opens[-1]) if opens.size else delisted
