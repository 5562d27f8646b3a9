"""Figures of a stage by hand."""

import math

import numpy as np
import pytest

from models.stages import by_day, figures_of
from models.types import BadInput
from models.types.timeframes import DAY, HOUR

NONE = np.zeros(0)


def test_by_hand():
    found = figures_of(np.array([100.0, 110.0, 99.0, 108.9]), np.array([3.0, -1.0, 0.0, 1.0]), 365)
    assert (found.days, found.trades) == (4, 4)
    assert found.drawdown == pytest.approx(0.1)
    assert found.total_return == pytest.approx(0.089)
    assert found.win_rate == 0.5
    assert found.profit_factor == 4.0
    assert found.sharpe == pytest.approx((0.1 / 3) / math.sqrt(0.04 / 3) * math.sqrt(365))


@pytest.mark.parametrize("equity", [[], [100.0], [100.0, 101.0], [100.0] * 9, [100.0, 110.0, 121.0]])
def test_too_few_days_or_no_movement_is_no_sharpe(equity: list[float]):
    assert math.isnan(figures_of(np.array(equity), NONE, 365).sharpe)


def test_without_trades_nothing_is_known_of_them():
    found = figures_of(np.array([100.0, 101.0, 99.0]), NONE, 365)
    assert found.trades == 0
    assert math.isnan(found.win_rate)
    assert math.isnan(found.profit_factor)


@pytest.mark.parametrize(("profits", "factor"), [([1.0], math.inf), ([0.0], math.nan), ([-1.0], 0.0)])
def test_profit_factor_without_losses(profits: list[float], factor: float):
    assert figures_of(NONE, np.array(profits), 365).profit_factor == pytest.approx(factor, nan_ok=True)


def test_ruin_stays():
    found = figures_of(np.array([100.0, -5.0, 300.0]), NONE, 365)
    assert (found.drawdown, found.total_return) == (1.0, -1.0)


def test_equity_that_is_no_number_is_refused():
    with pytest.raises(BadInput, match="finite"):
        figures_of(np.array([100.0, np.nan]), NONE, 365)


def test_the_last_of_each_day_counts():
    ts = np.array([0, 23 * HOUR, DAY, 3 * DAY, 3 * DAY + HOUR])
    days, equity = by_day(ts, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert days.tolist() == [0, DAY, 3 * DAY]
    assert equity.tolist() == [2.0, 3.0, 5.0]
    assert by_day(np.zeros(0, dtype=np.int64), NONE)[0].size == 0
