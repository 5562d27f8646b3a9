"""Figures of a backtest, from its equity curve and its closed trades."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.portfolio.drawdown import deepest_drawdown, longest_drawdown
from models.portfolio.returns import (
    annual_volatility,
    bar_returns,
    funded,
    growth_rate,
    sharpe_ratio,
    sortino_ratio,
    tail_ratio,
    whole_return,
)
from models.portfolio.trades import Trade, average, profit_factor, profits_of, win_rate
from models.types import BadInput, FloatArray


@dataclass(frozen=True, slots=True)
class Metrics:
    """Fractions unless said otherwise; None where a figure does not exist (no trade, no loss, no movement).

    An account that falls to zero or below has lost everything: total return and CAGR -1, drawdown 1, nothing after it.

    Attributes:
        sharpe: mean over standard deviation of returns per bar, annualised, cash at 0 %.
        total_return: last equity over first, minus one.
        max_drawdown: deepest fall from a peak, 0..1.
        win_rate: share of closed trades with a profit after costs.
        profit_factor: sum of profits over sum of losses.
        costs: fees, slippage and carry paid, account currency; negative when more was received.
        trades: closed trades; a position left in parts counts once a part.
        exposure: mean gross position value over equity.
        cagr: yearly rate that compounds to the total return.
        sortino: mean over downside deviation of returns per bar, annualised, against 0 %.
        calmar: CAGR over deepest drawdown of the whole window (Young, "Calmar Ratio: A Smoother Tool", Futures 20(1),
            1991, takes the last 36 months).
        volatility: standard deviation of returns per bar, annualised.
        drawdown_bars: longest time under water, bars, from a peak until it was reached again or the end.
        tail_ratio: size of the 95th over that of the 5th percentile of returns per bar.
        time_in_market: share of bars with a position.
        turnover: value traded in a year, times mean equity.
        costs_share: costs over the profit before costs; None when there was none.
        average_trade: mean profit of a trade, account currency.
    """

    sharpe: float | None
    total_return: float
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    costs: float
    trades: int
    exposure: float
    cagr: float | None
    sortino: float | None
    calmar: float | None
    volatility: float | None
    drawdown_bars: int
    tail_ratio: float | None
    time_in_market: float
    turnover: float | None
    costs_share: float | None
    average_trade: float | None


def measure(
    equity: FloatArray, trades: Sequence[Trade], exposure: FloatArray, turnover: float, costs: float, per_year: float
) -> Metrics:
    """Metrics of `equity` (n_bars,), marked at each close, and of the trades closed meanwhile.

    `exposure` (n_bars,) is gross position value over equity, 0 where equity is not above zero; `turnover` the value of
    all fills and `costs` fees, slippage and carry, account currency; `per_year` the bars of a trading year.

    Raises:
        BadInput: no bar, shapes differ, a figure is not finite, or exposure, turnover or `per_year` is below zero.
    """
    curve = funded(equity)
    _check(curve, exposure, turnover, costs, per_year)
    returns, profits = bar_returns(curve), profits_of(trades)
    years = returns.size / per_year
    total, depth = whole_return(curve), deepest_drawdown(curve)
    cagr = growth_rate(total, years)
    return Metrics(
        sharpe=sharpe_ratio(returns, per_year),
        total_return=total,
        max_drawdown=depth,
        win_rate=win_rate(profits),
        profit_factor=profit_factor(profits),
        costs=costs,
        trades=profits.size,
        exposure=float(exposure.mean()),
        cagr=cagr,
        sortino=sortino_ratio(returns, per_year),
        calmar=cagr / depth if cagr is not None and depth > 0.0 else None,
        volatility=annual_volatility(returns, per_year),
        drawdown_bars=longest_drawdown(curve),
        tail_ratio=tail_ratio(returns),
        time_in_market=float((exposure > 0.0).mean()),
        turnover=_turnover_a_year(turnover, float(curve.mean()), years),
        costs_share=_costs_share(costs, float(equity[-1] - equity[0])),
        average_trade=average(profits),
    )


def _turnover_a_year(turnover: float, mean_equity: float, years: float) -> float | None:
    return turnover / mean_equity / years if years > 0.0 and mean_equity > 0.0 else None


def _costs_share(costs: float, net_profit: float) -> float | None:
    before_costs = net_profit + costs
    return costs / before_costs if before_costs > 0.0 else None


def _check(curve: FloatArray, exposure: FloatArray, turnover: float, costs: float, per_year: float) -> None:
    if exposure.shape != curve.shape:
        raise BadInput(f"there are {exposure.size} bars of exposure and {curve.size} of equity; give one for each bar")
    strange = np.flatnonzero(~(np.isfinite(exposure) & (exposure >= 0.0)))
    if strange.size:
        first = int(strange[0])
        raise BadInput(
            f"exposure is {exposure[first]} at bar {first}; it has to be a finite number, 0 or above: write 0 where "
            "equity is not above zero"
        )
    if not (math.isfinite(turnover) and turnover >= 0.0 and math.isfinite(costs)):
        raise BadInput(f"turnover is {turnover} and costs are {costs}; both have to be finite, turnover 0 or above")
    if not (math.isfinite(per_year) and per_year > 0.0):
        raise BadInput(f"a year of {per_year} bars was given; take bars_per_year of the calendar and the bar size")
