"""The figures of a stage against empyrical's, from daily returns, to 1e-9; where there is none, ours is nan."""

import math

import empyrical
import numpy as np
import pytest

from models.stages import figures_of


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("days", [3, 30, 90, 180])
@pytest.mark.parametrize("per_year", [252, 365])
def test_figures_agree(seed: int, days: int, per_year: int):
    returns = np.random.default_rng(seed).normal(0.001, 0.02, days)
    equity = 1e4 * np.cumprod(np.append(1.0, 1.0 + returns))
    found = figures_of(equity, np.zeros(0), per_year)
    assert found.sharpe == pytest.approx(empyrical.sharpe_ratio(returns, annualization=per_year), rel=1e-9)
    assert found.drawdown == pytest.approx(-empyrical.max_drawdown(returns), rel=1e-9, abs=1e-12)
    assert found.total_return == pytest.approx(empyrical.cum_returns_final(returns), rel=1e-9)


def test_where_there_is_none():
    assert math.isnan(empyrical.sharpe_ratio(np.zeros(10)))
    assert math.isnan(figures_of(np.full(11, 1e4), np.zeros(0), 365).sharpe)
    assert math.isnan(empyrical.sharpe_ratio(np.array([0.01])))
    assert math.isnan(figures_of(np.array([100.0, 101.0]), np.zeros(0), 365).sharpe)
