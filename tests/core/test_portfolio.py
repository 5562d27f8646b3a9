"""Blending, booking and figures, worked out by hand."""

import math

import numpy as np
import pytest

from models.portfolio import Metrics, apply_fill, blend, blend_bars, measure

NAN = math.nan

BLEND = [
    (10.0, 1.0, 30.0, 1.0, 20.0),
    (10.0, 0.9, 30.0, 0.3, 15.0),
    (10.0, 0.5, -30.0, 0.0, 10.0),
    (-12.0, 0.2, 4.0, 0.6, 0.0),
    (10.0, 0.0, 30.0, 0.0, 0.0),
    (NAN, 0.0, 30.0, 1.0, NAN),
    (10.0, 1.0, NAN, 0.0, NAN),
]


@pytest.mark.parametrize(("a", "sure_a", "b", "sure_b", "edge"), BLEND)
def test_blend(a, sure_a, b, sure_b, edge):
    assert blend(a, sure_a, b, sure_b) == pytest.approx(edge, rel=1e-15, abs=1e-15, nan_ok=True)


def test_blend_bars_is_blend_for_every_bar():
    columns = [np.array(one) for one in zip(*BLEND, strict=True)]
    np.testing.assert_allclose(blend_bars(*columns[:4]), columns[4], rtol=1e-15, atol=1e-15)


# cash, quantity, cost, fill, price, fee -> cash, quantity, cost, realised
FILLS = [
    ("a first buy", (1000.0, 0.0, 0.0), (2.0, 100.0, 0.5), (799.5, 2.0, 200.5, 0.0)),
    ("a second buy", (799.5, 2.0, 200.5), (1.0, 130.0, 0.25), (669.25, 3.0, 330.75, 0.0)),
    ("all of it sold with a profit", (799.5, 2.0, 200.5), (-2.0, 110.0, 0.5), (1019.0, 0.0, 0.0, 19.0)),
    ("all of it sold at the price paid", (799.5, 2.0, 200.5), (-2.0, 100.0, 0.5), (999.0, 0.0, 0.0, -1.0)),
    ("a quarter of it sold", (0.0, 4.0, 400.0), (-1.0, 90.0, 1.0), (89.0, 3.0, 300.0, -11.0)),
]


@pytest.mark.parametrize(("before", "fill", "after"), [one[1:] for one in FILLS], ids=[one[0] for one in FILLS])
def test_apply_fill(before, fill, after):
    assert apply_fill(*before, *fill) == pytest.approx(after, rel=1e-15)


def test_a_closed_position_leaves_no_dust():
    _, quantity, cost, _ = apply_fill(0.0, 0.3, 0.1 + 0.2, -0.3, 1.0, 0.0)
    assert (quantity, cost) == (0.0, 0.0)


EQUITY = np.array([100.0, 110.0, 99.0, 99.0, 120.0, 90.0, 105.0])
PROFITS = np.array([10.0, -4.0, 0.0, 6.0, -1.0])


def test_measure_by_hand():
    found = measure(EQUITY, PROFITS, costs=3.5, exposed=4, per_year=252)
    returns = [0.1, -0.1, 0.0, 120 / 99 - 1, -0.25, 105 / 90 - 1]
    mean = sum(returns) / 6
    deviation = math.sqrt(sum((one - mean) ** 2 for one in returns) / 5)
    assert found.sharpe == pytest.approx(mean / deviation * math.sqrt(252), rel=1e-12)
    assert found.sharpe == pytest.approx(np.mean(returns) / np.std(returns, ddof=1) * 252**0.5, rel=1e-12)
    assert found.total_return == pytest.approx(0.05)
    assert found.max_drawdown == pytest.approx(0.25)
    assert found.win_rate == pytest.approx(0.4)
    assert found.profit_factor == pytest.approx(16.0 / 5.0)
    assert (found.costs, found.trades, found.exposure) == (3.5, 5, pytest.approx(4 / 7))


def test_a_rising_curve_has_no_drawdown_and_a_flat_one_no_sharpe():
    rising = measure(np.array([1.0, 2.0, 3.0]), np.array([1.0]), 0.0, 2, 365)
    assert (rising.max_drawdown, rising.win_rate, rising.profit_factor) == (0.0, 1.0, None)
    flat = measure(np.full(5, 7.0), np.empty(0), 0.0, 0, 365)
    assert (flat.sharpe, flat.total_return, flat.win_rate, flat.profit_factor) == (None, 0.0, None, None)


def test_only_losses_have_a_profit_factor_of_zero():
    found = measure(EQUITY, np.array([-1.0, -2.0]), 0.0, 1, 365)
    assert (found.win_rate, found.profit_factor) == (0.0, 0.0)


@pytest.mark.parametrize("equity", [[], [100.0]])
def test_less_than_two_bars_measure_nothing(equity):
    found = measure(np.array(equity), np.empty(0), 1.5, 0, 365)
    assert found == Metrics(None, 0.0, 0.0, None, None, 1.5, 0, 0.0)


def test_two_bars_have_one_return_and_no_sharpe():
    found = measure(np.array([100.0, 50.0]), np.empty(0), 0.0, 1, 365)
    assert (found.sharpe, found.total_return, found.max_drawdown) == (None, -0.5, 0.5)


# sharpe, win rate, trades -> doubted
DOUBTS = [
    (4.0, 0.5, 100, None),
    (4.1, 0.5, 100, "Sharpe ratio of 4.1"),
    (None, None, 0, None),
    (1.0, 0.90, 100, None),
    (1.0, 0.91, 29, None),
    (1.0, 0.91, 30, "91% of 30 trades"),
]


@pytest.mark.parametrize(("sharpe", "win_rate", "trades", "doubt"), DOUBTS)
def test_what_is_too_good_is_doubted(sharpe, win_rate, trades, doubt):
    found = Metrics(sharpe, 0.1, 0.1, win_rate, 2.0, 0.0, trades, 0.5).doubt
    assert found is None if doubt is None else doubt in found
