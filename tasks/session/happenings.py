"""What comes to a series from outside: what its own data forbids, splits and dividends, and finer bars."""

import numpy as np

from models.actions import as_known
from models.actions.factors import share_factor
from models.engine import Happenings
from models.types import TIMEFRAMES, BadInput, Bars, FloatArray, Series, bar_micros
from tasks.session.actions import actions_of
from tasks.session.desk import Desk
from tasks.session.gates import gates


def happenings(desk: Desk, series: Series, bars: Bars) -> Happenings:
    """What happened on each of the bars; it depends on a bar and earlier ones only, so that paper and backtest agree.

    Raises:
        BadInput: the settings name finer bars that the lake does not have.
        Damaged: stored bars or actions do not match their checksums.
    """
    split, dividend = _gone_ex(desk, series, bars)
    return Happenings(gates(desk, series, bars, split), split, dividend, _finer(desk, series))


def _gone_ex(desk: Desk, series: Series, bars: Bars) -> tuple[FloatArray, FloatArray]:
    """Splits and dividends at the first bar on or after their ex-date, as they were known when that bar closed.

    One that became known later is not made good here: the venue's statement will tell.
    """
    split, dividend = np.ones(len(bars)), np.zeros(len(bars))
    actions = actions_of(desk, series)
    closes = desk.closes(series, bars.ts) if actions else bars.ts
    for ex_ts in sorted({one.ex_ts for one in actions}):
        row = int(np.searchsorted(bars.ts, ex_ts))
        if 0 < row < len(bars):
            known = [one for one in as_known(actions, int(closes[row])) if one.ex_ts == ex_ts]
            dividend[row] += sum(one.cash for one in known) * split[row]
            split[row] *= share_factor(known)
    return split, dividend


def _finer(desk: Desk, series: Series) -> Bars | None:
    setting, longest = desk.loaded.settings.trading.finer, bar_micros(series.timeframe)
    names = [name for name, length in TIMEFRAMES.items() if length < longest and setting in ("auto", name)]
    present = desk.lake.series()
    if setting not in ("auto", "none") and Series(series.venue, series.symbol, setting) not in present:
        raise BadInput(
            f"trading.finer is {setting}, but the lake has no {series.venue} {series.symbol} {setting}; import it, or "
            "set trading.finer to auto"
        )
    for name in names:
        finer = Series(series.venue, series.symbol, name)
        if finer in present:
            return desk.bars.read(finer)
    return None
