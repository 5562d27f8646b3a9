"""Figures of a backtest, from its equity curve and its closed trades."""

import math
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray

# Beyond these a result is more likely an error in data or fills than a strategy.
PLAUSIBLE_SHARPE = 4.0
PLAUSIBLE_WIN_RATE = 0.9
PLAUSIBLE_TRADES = 30


@dataclass(frozen=True, slots=True)
class Metrics:
    """Fractions unless said otherwise; None where a figure does not exist (no trade, no loss, no movement).

    Attributes:
        sharpe: mean over standard deviation of returns per bar, annualised by bars per year, cash at 0 %.
        total_return: last equity over first, minus one.
        max_drawdown: deepest fall from a peak, 0..1.
        win_rate: share of closed trades with a profit after costs.
        profit_factor: sum of profits over sum of losses.
        costs: fees and slippage paid, account currency.
        trades: closed trades.
        exposure: share of bars with a position.
    """

    sharpe: float | None
    total_return: float
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    costs: float
    trades: int
    exposure: float

    @property
    def doubt(self) -> str | None:
        """Why the result should not be believed, None when nothing speaks against it."""
        if self.sharpe is not None and self.sharpe > PLAUSIBLE_SHARPE:
            return f"a Sharpe ratio of {self.sharpe:.1f} is above {PLAUSIBLE_SHARPE}"
        many = self.trades >= PLAUSIBLE_TRADES and self.win_rate is not None
        if many and self.win_rate is not None and self.win_rate > PLAUSIBLE_WIN_RATE:
            return f"{self.win_rate:.0%} of {self.trades} trades won, above {PLAUSIBLE_WIN_RATE:.0%}"
        return None


def measure(equity: FloatArray, profits: FloatArray, costs: float, exposed: int, per_year: int) -> Metrics:
    """Metrics of `equity` (n_bars,), marked at each close, and `profits` (n_trades,) of the closed trades.

    `exposed` counts the bars with a position, `per_year` the bars of a trading year.
    """
    if equity.size < 2:
        return Metrics(None, 0.0, 0.0, None, None, costs, profits.size, 0.0)
    returns = equity[1:] / equity[:-1] - 1.0
    deviation = float(returns.std(ddof=1)) if returns.size > 1 else 0.0
    gains, losses = float(profits[profits > 0.0].sum()), float(-profits[profits < 0.0].sum())
    return Metrics(
        sharpe=float(returns.mean()) / deviation * math.sqrt(per_year) if deviation > 0.0 else None,
        total_return=float(equity[-1] / equity[0] - 1.0),
        max_drawdown=float((1.0 - equity / np.maximum.accumulate(equity)).max()),
        win_rate=float((profits > 0.0).mean()) if profits.size else None,
        profit_factor=gains / losses if losses > 0.0 else None,
        costs=costs,
        trades=profits.size,
        exposure=exposed / equity.size,
    )
