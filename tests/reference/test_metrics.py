"""Our figures against empyrical's, which many backtests are reported in, to 1e-9.

Defined alike: Sharpe (cash at 0 %, ddof 1), Sortino (target 0 %, downside over all bars), volatility, CAGR, deepest
drawdown (its sign is turned: ours is 0..1), Calmar, tail ratio (percentiles linear between values).

Defined otherwise, each checked below:
- Where a figure does not exist empyrical gives NaN or an infinity; we give None.
- After a return of -1 its curve stays at zero as ours does; after one below -1 its equity is negative and its total
  return below -1. Ours is the total loss, -1.
- A fifth percentile of zero makes its tail ratio infinite or NaN; ours is None.
- It annualises by names (252 days, 52 weeks, 12 months) unless a number is given; ours always takes the number.
"""

import math

import empyrical
import numpy as np
import pytest
from closed_trades import closed_with

from models.portfolio.metrics import measure

# Bars of a year, and the standard deviation of one bar.
SIZES = {"daily": (252, 0.012), "daily 24/7": (365, 0.03), "hourly": (8766, 0.005), "minutes": (525_600, 0.0005)}
# Returns of one bar, n of them.
SHAPES = {
    "normal": lambda rng, n: rng.normal(0.05, 1.0, n),
    "fat tails": lambda rng, n: rng.standard_t(3, n),
    "a loser": lambda rng, n: rng.normal(-0.1, 1.0, n),
    "seldom in the market": lambda rng, n: np.where(rng.random(n) < 0.2, rng.normal(0.1, 1.0, n), 0.0),
}


def figures(returns, per_year):
    equity = 1e4 * np.cumprod([1.0, *(1.0 + returns)])
    return measure(equity, closed_with([1.0]), np.zeros(equity.size), 0.0, 0.0, per_year)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_figures_agree(size, shape, seed):
    per_year, deviation = SIZES[size]
    returns = np.clip(deviation * SHAPES[shape](np.random.default_rng(seed), 2500), -0.5, 0.5)
    ours = figures(returns, per_year)
    theirs = {
        "sharpe": empyrical.sharpe_ratio(returns, annualization=per_year),
        "sortino": empyrical.sortino_ratio(returns, annualization=per_year),
        "volatility": empyrical.annual_volatility(returns, annualization=per_year),
        "cagr": empyrical.cagr(returns, annualization=per_year),
        "total_return": empyrical.cum_returns_final(returns),
        "max_drawdown": -empyrical.max_drawdown(returns),
        "calmar": empyrical.calmar_ratio(returns, annualization=per_year),
        "tail_ratio": empyrical.tail_ratio(returns),
    }
    for name, value in theirs.items():
        assert math.isfinite(value), name
        assert getattr(ours, name) == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_where_a_figure_does_not_exist_ours_is_none():
    flat, rising = np.zeros(10), np.array([0.01, 0.02, 0.03])
    assert math.isnan(empyrical.sharpe_ratio(flat))
    assert figures(flat, 252).sharpe is None
    assert math.isinf(empyrical.sortino_ratio(rising))
    assert figures(rising, 252).sortino is None
    assert math.isnan(empyrical.calmar_ratio(rising))
    assert figures(rising, 252).calmar is None
    seldom = np.where(np.arange(100) == 3, 0.1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not math.isfinite(empyrical.tail_ratio(seldom))
    assert figures(seldom, 252).tail_ratio is None


def test_its_own_daily_year_has_252_bars():
    returns = np.array([0.01, -0.02, 0.015, 0.0])
    assert figures(returns, 252).sharpe == pytest.approx(empyrical.sharpe_ratio(returns), rel=1e-9)


def test_ruin_is_the_end_here_and_there_unless_it_left_debt():
    ruined = np.array([0.1, -1.0, 0.5])
    assert empyrical.cum_returns_final(ruined) == figures(ruined, 252).total_return == -1.0
    assert -empyrical.max_drawdown(ruined) == figures(ruined, 252).max_drawdown == 1.0
    in_debt = np.array([0.1, -1.2, 0.5])
    assert empyrical.cum_returns_final(in_debt) < -1.0
    assert figures(in_debt, 252).total_return == figures(in_debt, 252).cagr == -1.0
