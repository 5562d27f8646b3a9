"""Holding and cash, worked out by hand."""

import math

import numpy as np
import pytest

from models.portfolio.benchmarks import cash, hold
from models.types import BadInput

NAN = math.nan
# Closes per bar and symbol, entry rate -> equity of 100.
HELD = [
    ("one symbol", [[10.0], [11.0], [9.0]], 0.0, [100.0, 110.0, 90.0]),
    ("the entry costs", [[10.0], [10.0], [20.0]], 0.25, [100.0, 80.0, 160.0]),
    ("equal parts, never evened out", [[1.0, 4.0], [2.0, 4.0], [4.0, 2.0]], 0.0, [100.0, 150.0, 225.0]),
    ("listed later, cash before", [[1.0, NAN], [2.0, 5.0], [2.0, 10.0]], 0.0, [100.0, 150.0, 200.0]),
    ("listed later, costs then", [[1.0, NAN], [1.0, 5.0], [1.0, 5.0]], 0.25, [100.0, 90.0, 80.0]),
    ("a gap keeps the last price", [[1.0, 1.0], [NAN, 2.0], [3.0, NAN]], 0.0, [100.0, 150.0, 250.0]),
    ("delisted, last price kept", [[1.0], [2.0], [NAN], [NAN]], 0.0, [100.0, 200.0, 200.0, 200.0]),
    ("never listed is cash", [[1.0, NAN], [3.0, NAN]], 0.0, [100.0, 200.0]),
    ("first seen at the end", [[1.0, NAN], [1.0, 7.0]], 0.25, [100.0, 90.0]),
    ("one bar", [[5.0]], 0.25, [100.0]),
]


@pytest.mark.parametrize(("close", "rate", "equity"), [one[1:] for one in HELD], ids=[one[0] for one in HELD])
def test_hold(close, rate, equity):
    found = hold(np.array(close), 100.0, rate, 365)
    np.testing.assert_allclose(found.equity, equity, rtol=1e-12)
    assert found.metrics.total_return == pytest.approx(equity[-1] / 100.0 - 1.0, abs=1e-12)


def test_metrics_of_holding_know_costs_exposure_and_turnover():
    found = hold(np.array([[1.0, NAN], [1.0, 5.0], [1.0, 5.0]]), 100.0, 0.25, 2).metrics
    assert (found.costs, found.trades, found.win_rate) == (pytest.approx(20.0), 0, None)
    assert found.exposure == pytest.approx((0.0 + 40.0 / 90.0 + 1.0) / 3.0)
    assert found.time_in_market == pytest.approx(2.0 / 3.0)
    assert found.turnover == pytest.approx(80.0 / 90.0)
    assert found.max_drawdown == pytest.approx(0.2)


def test_what_was_never_bought_costs_nothing():
    found = hold(np.array([[1.0, NAN, NAN], [1.0, NAN, 7.0]]), 300.0, 0.25, 1).metrics
    assert (found.costs, found.turnover) == (pytest.approx(20.0), pytest.approx(80.0 / 290.0))


def test_cash_stays_what_it_is():
    found = cash(4, 250.0, 365)
    np.testing.assert_array_equal(found.equity, np.full(4, 250.0))
    one = found.metrics
    assert (one.total_return, one.cagr, one.max_drawdown, one.sharpe, one.costs, one.exposure) == (0, 0, 0, None, 0, 0)


REFUSED = [
    (np.ones(3), 100.0, 0.0, r"the shape \(3,\)"),
    (np.empty((0, 2)), 100.0, 0.0, r"the shape \(0, 2\)"),
    (np.array([[1.0, 2.0], [1.0, 0.0]]), 100.0, 0.0, "close 1 of symbol 1 is 0.0"),
    (np.array([[math.inf]]), 100.0, 0.0, "close 0 of symbol 0 is inf"),
    (np.ones((2, 1)), 0.0, 0.0, "capital is 0.0"),
    (np.ones((2, 1)), NAN, 0.0, "capital is nan"),
    (np.ones((2, 1)), 100.0, -0.1, "entry rate -0.1"),
]


@pytest.mark.parametrize(("close", "capital", "rate", "said"), REFUSED)
def test_what_cannot_be_held_is_refused(close, capital, rate, said):
    with pytest.raises(BadInput, match=said):
        hold(close, capital, rate, 365)
