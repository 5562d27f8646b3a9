"""The figures of a stage, from equity by day and the profits of closed trades."""

import math
from dataclasses import dataclass

import numpy as np

from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import bar_returns, funded, sharpe_ratio
from models.portfolio.trades import profit_factor, win_rate
from models.types import FloatArray, IntArray
from models.types.timeframes import DAY


@dataclass(frozen=True, slots=True)
class Figures:
    """Fractions unless said otherwise; nan where a figure does not exist.

    Attributes:
        days: that have equity.
        sharpe: mean over sample standard deviation of daily returns times the root of the days of a year, cash at 0 %;
            nan below two returns or without movement.
        drawdown: deepest fall from the highest value before, 0..1.
        total_return: last over first value, minus one.
        trades: closed.
        win_rate: of them with a profit; nan without one.
        profit_factor: profits by losses; inf where none lost and one gained, nan where nothing was gained or lost.
    """

    days: int
    sharpe: float
    drawdown: float
    total_return: float
    trades: int
    win_rate: float
    profit_factor: float


def figures_of(equity: FloatArray, profits: FloatArray, days_per_year: float) -> Figures:
    """Of equity (n_days,), the last of each day, deposits and withdrawals taken out, and of trades' profits (n_trades,)
    after all costs; `days_per_year` of the calendar, 365 where trading never rests, 252 where it has sessions.

    A window that follows another begins with the other's last value, so that its first day has a return too.

    Raises:
        BadInput: a value of equity is not finite.
    """
    if not equity.size:
        return Figures(0, math.nan, math.nan, math.nan, *_trades(profits))
    curve = funded(equity)
    sharpe = sharpe_ratio(bar_returns(curve), days_per_year)
    gained = float(curve[-1] / curve[0] - 1.0) if curve[0] > 0.0 else -1.0
    return Figures(
        equity.size, math.nan if sharpe is None else sharpe, deepest_drawdown(curve), gained, *_trades(profits)
    )


def by_day(ts: IntArray, equity: FloatArray) -> tuple[IntArray, FloatArray]:
    """Days that have a bar (n_days,), UTC microseconds of their midnight, and the last equity of each (n_days,), of
    equity (n_bars,) at times `ts` (n_bars,), UTC microseconds, rising.
    """
    days = ts // DAY
    last = np.flatnonzero(np.append(days[1:] != days[:-1], True)) if ts.size else np.zeros(0, dtype=np.int64)
    return days[last] * DAY, equity[last]


def _trades(profits: FloatArray) -> tuple[int, float, float]:
    rate, factor = win_rate(profits), profit_factor(profits)
    if factor is None:
        factor = math.inf if (profits > 0.0).any() else math.nan
    return profits.size, math.nan if rate is None else rate, factor
