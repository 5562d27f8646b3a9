"""Figures of a curve and its trades, worked out by hand, and at the edges where some do not exist."""

import math
import time

import numpy as np
import pytest
from closed_trades import closed_with
from hypothesis import given
from hypothesis import strategies as st

from models.portfolio.drawdown import deepest_drawdown, longest_drawdown
from models.portfolio.metrics import measure
from models.portfolio.returns import bar_returns, funded, growth_rate
from models.types import BadInput

EQUITY = np.array([100.0, 110.0, 99.0, 99.0, 120.0, 90.0, 105.0])
EXPOSURE = np.array([0.0, 0.5, 1.0, 0.0, 1.5, 0.4, 0.0])
PROFITS = [10.0, -4.0, 0.0, 6.0, -1.0]


def measured(equity, profits=(), exposure=None, turnover=0.0, costs=0.0, per_year=365):
    equity = np.array(equity, dtype=float)
    exposure = np.zeros(equity.size) if exposure is None else np.array(exposure, dtype=float)
    return measure(equity, closed_with(profits), exposure, turnover, costs, per_year)


def test_measure_by_hand():
    found = measured(EQUITY, PROFITS, EXPOSURE, turnover=2169.0, costs=3.0, per_year=252)
    returns = [0.1, -0.1, 0.0, 120 / 99 - 1, -0.25, 105 / 90 - 1]
    mean = sum(returns) / 6
    deviation = math.sqrt(sum((one - mean) ** 2 for one in returns) / 5)
    downside = math.sqrt((0.1**2 + 0.25**2) / 6)
    years = 6 / 252
    ordered = sorted(returns)
    p5 = ordered[0] + 0.25 * (ordered[1] - ordered[0])
    p95 = ordered[4] + 0.75 * (ordered[5] - ordered[4])
    wanted = {
        "sharpe": mean / deviation * math.sqrt(252),
        "sortino": mean / downside * math.sqrt(252),
        "volatility": deviation * math.sqrt(252),
        "total_return": 0.05,
        "cagr": 1.05 ** (1 / years) - 1,
        "max_drawdown": 0.25,
        "calmar": (1.05 ** (1 / years) - 1) / 0.25,
        "drawdown_bars": 3,
        "tail_ratio": abs(p95) / abs(p5),
        "win_rate": 0.4,
        "profit_factor": 16.0 / 5.0,
        "average_trade": 2.2,
        "trades": 5,
        "exposure": 3.4 / 7,
        "time_in_market": 4 / 7,
        "turnover": 2169.0 / (723.0 / 7) / years,
        "costs": 3.0,
        "costs_share": 3.0 / 8.0,
    }
    assert wanted == pytest.approx({name: getattr(found, name) for name in type(found).__slots__}, rel=1e-12)


# Where nothing moved, nothing lost, or there was no time, the figure is None and no number that misleads.
EDGES = [
    ("rising", {"equity": [1.0, 2.0, 3.0], "profits": [1.0]}, {"max_drawdown": 0.0, "drawdown_bars": 0}),
    ("rising", {"equity": [1.0, 2.0, 3.0], "profits": [1.0]}, {"calmar": None, "sortino": None}),
    ("rising", {"equity": [1.0, 2.0, 3.0], "profits": [1.0]}, {"win_rate": 1.0, "profit_factor": None}),
    ("flat", {"equity": [7.0] * 5}, {"sharpe": None, "sortino": None, "calmar": None, "tail_ratio": None}),
    ("flat", {"equity": [7.0] * 5}, {"total_return": 0.0, "cagr": 0.0, "volatility": 0.0, "max_drawdown": 0.0}),
    ("no trade", {"equity": [7.0] * 5}, {"win_rate": None, "profit_factor": None, "average_trade": None, "trades": 0}),
    ("only losses", {"equity": EQUITY, "profits": [-1.0, -2.0]}, {"win_rate": 0.0, "profit_factor": 0.0}),
    ("one bar", {"equity": [9.0]}, {"sharpe": None, "cagr": None, "volatility": None, "turnover": None}),
    ("one bar", {"equity": [9.0]}, {"total_return": 0.0, "max_drawdown": 0.0, "drawdown_bars": 0, "tail_ratio": None}),
    ("two bars", {"equity": [100.0, 50.0]}, {"sharpe": None, "sortino": None, "volatility": None}),
    ("two bars", {"equity": [100.0, 50.0]}, {"total_return": -0.5, "max_drawdown": 0.5, "drawdown_bars": 1}),
    ("beyond a float", {"equity": [1.0, 2.0], "per_year": 525_600}, {"cagr": None, "calmar": None}),
    ("half wins", {"equity": [1.0, 2.0], "per_year": 1}, {"cagr": pytest.approx(1.0, rel=1e-15)}),
    ("costs of a loss", {"equity": [10.0, 8.0], "costs": 1.0}, {"costs_share": None, "costs": 1.0}),
    ("costs eat all", {"equity": [10.0, 10.0], "costs": 1.0}, {"costs_share": 1.0}),
    ("turned loss", {"equity": [10.0, 9.5], "costs": 1.0}, {"costs_share": 2.0}),
    ("ruin", {"equity": [100.0, 50.0, 0.0, 80.0]}, {"total_return": -1.0, "cagr": -1.0, "max_drawdown": 1.0}),
    ("ruin", {"equity": [100.0, 50.0, 0.0, 80.0]}, {"calmar": -1.0, "drawdown_bars": 3}),
    ("debt", {"equity": [100.0, 120.0, -30.0]}, {"total_return": -1.0, "cagr": -1.0, "max_drawdown": 1.0}),
    ("nothing at first", {"equity": [0.0, 5.0]}, {"total_return": -1.0, "max_drawdown": 1.0, "turnover": None}),
    ("nothing at first", {"equity": [-1.0, 5.0, 6.0]}, {"sharpe": None, "sortino": None, "tail_ratio": None}),
]


@pytest.mark.parametrize(("given_", "wanted"), [one[1:] for one in EDGES], ids=[one[0] for one in EDGES])
def test_figures_at_the_edges(given_, wanted):
    found = measured(**given_)
    assert {name: getattr(found, name) for name in wanted} == wanted


def test_growth_that_is_steady_but_for_rounding_has_no_sharpe():
    found = measured(1e4 * 1.001 ** np.arange(1000))
    assert (found.sharpe, found.sortino) == (None, None)
    assert found.cagr == pytest.approx(1.001**365 - 1, rel=1e-9)


def test_what_is_lost_stays_lost():
    np.testing.assert_array_equal(funded(np.array([3.0, -1.0, 5.0])), [3.0, 0.0, 0.0])
    np.testing.assert_array_equal(bar_returns(np.array([4.0, 5.0, -1.0, 5.0])), [0.25, -1.0, 0.0])


NAN = math.nan
REFUSED = [
    ({"equity": []}, "no bar"),
    ({"equity": [1.0, NAN, NAN]}, "equity is nan at bar 1"),
    ({"equity": [1.0, 2.0, math.inf]}, "equity is inf at bar 2"),
    ({"equity": [1.0, 2.0], "exposure": [0.0]}, "1 bars of exposure and 2 of equity"),
    ({"equity": [1.0, 2.0], "exposure": [0.0, NAN]}, "exposure is nan at bar 1"),
    ({"equity": [1.0, 2.0], "exposure": [-0.1, 0.0]}, "exposure is -0.1 at bar 0"),
    ({"equity": [1.0, 2.0], "profits": [1.0, NAN]}, "trade 1 has a profit of nan"),
    ({"equity": [1.0, 2.0], "turnover": NAN}, "turnover is nan"),
    ({"equity": [1.0, 2.0], "turnover": -1.0}, "turnover is -1.0"),
    ({"equity": [1.0, 2.0], "costs": NAN}, "costs are nan"),
    ({"equity": [1.0, 2.0], "per_year": 0}, "a year of 0 bars"),
]


@pytest.mark.parametrize(("given_", "said"), REFUSED, ids=[one[1] for one in REFUSED])
def test_what_cannot_be_measured_is_refused(given_, said):
    with pytest.raises(BadInput, match=said):
        measured(**given_)


UNDER_WATER = [
    ([1, 2, 3], 0),
    ([3, 3, 3], 0),
    ([3, 2, 3], 2),
    ([3, 2, 2, 4, 3], 3),
    ([3, 2, 4, 3, 3, 3, 3], 4),
    ([5, 4, 3, 2], 3),
    ([5, 4, 5, 5, 4, 4, 5, 1], 3),
    ([5], 0),
]


@pytest.mark.parametrize(("curve", "bars"), UNDER_WATER)
def test_longest_drawdown(curve, bars):
    assert longest_drawdown(np.array(curve, dtype=float)) == bars


curves = st.lists(st.integers(1, 12), min_size=1, max_size=30).map(lambda one: np.array(one, dtype=float))


@given(curve=curves)
def test_drawdowns_are_those_of_all_pairs_of_bars(curve):
    depth, longest = 0.0, 0
    for i in range(curve.size):
        depth = max([depth, *(1 - low / curve[i] for low in curve[i:])])
        under = 0
        while i + under + 1 < curve.size and curve[i + under + 1] < curve[i]:
            under += 1
        recovered = i + under + 1 < curve.size
        longest = max(longest, under + 1 if under and recovered else under)
    assert deepest_drawdown(curve) == pytest.approx(depth, abs=1e-15)
    assert longest_drawdown(curve) == longest


moves = st.lists(st.floats(-1.5, 2.0), min_size=1, max_size=40)


@given(moves=moves, start=st.floats(1e-3, 1e9))
def test_any_curve_is_measured_and_its_figures_keep_their_bounds(moves, start):
    equity = start * np.cumprod([1.0, *(1.0 + one for one in moves)])
    found = measured(equity, [start * one for one in moves], per_year=8760)
    assert 0.0 <= found.max_drawdown <= 1.0
    assert 0 <= found.drawdown_bars < equity.size
    assert found.total_return >= -1.0
    assert found.cagr is None or found.cagr >= -1.0
    assert (found.max_drawdown == 0.0) == (found.drawdown_bars == 0)
    if (equity <= 0.0).any():
        assert (found.total_return, found.cagr, found.max_drawdown) == (-1.0, -1.0, 1.0)
    for name in type(found).__slots__:
        value = getattr(found, name)
        assert value is None or math.isfinite(value), name


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_figures_do_not_depend_on_the_size_of_the_account(seed, scale):
    equity = 1e4 * np.cumprod(1 + np.random.default_rng(seed).normal(0, 0.01, 50))
    one, other = measured(equity, PROFITS, turnover=9.0), measured(equity * scale, PROFITS, turnover=9.0 * scale)
    assert one == other


@given(total=st.floats(-0.99, 50.0), years=st.floats(0.5, 20.0))
def test_the_growth_rate_compounds_to_the_whole(total, years):
    assert (1 + growth_rate(total, years)) ** years == pytest.approx(1 + total, rel=1e-9)


def test_a_million_bars_are_measured_at_once():
    equity = 1e4 * np.cumprod(1 + np.random.default_rng(0).normal(0, 1e-4, 1_000_000))
    begun = time.perf_counter()
    measured(equity, per_year=525_600)
    assert time.perf_counter() - begun < 30.0
