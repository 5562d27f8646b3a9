"""What is too good is doubted, what is merely good is not, and the trades to look at are named."""

from dataclasses import replace

import numpy as np
import pytest
from closed_trades import closed, closed_with

from models.portfolio.metrics import measure
from models.portfolio.plausibility import NAMED, doubts

USUAL = measure(np.array([100.0, 120.0, 90.0, 105.0]), (), np.zeros(4), 0.0, 0.0, 365)

# What differs from usual metrics -> what is said, None when nothing is.
WHOLE = [
    ({"sharpe": 4.0}, None),
    ({"sharpe": 4.1}, "a Sharpe ratio of 4.1 is above 4"),
    ({"sharpe": None}, None),
    ({"win_rate": 0.90, "trades": 100}, None),
    ({"win_rate": 0.91, "trades": 29}, None),
    ({"win_rate": 0.91, "trades": 30}, "91.0% of 30 trades won"),
    ({"profit_factor": 10.0, "trades": 30}, None),
    ({"profit_factor": 10.5, "trades": 29}, None),
    ({"profit_factor": 10.5, "trades": 30}, "a profit factor of 10.5 over 30 trades"),
    ({"profit_factor": None, "trades": 30}, None),
    ({"max_drawdown": 0.0009, "total_return": 0.051}, "a return of 5.1% with no fall beyond 0.090%"),
    ({"max_drawdown": 0.0009, "total_return": 0.05}, None),
    ({"max_drawdown": 0.001, "total_return": 0.5}, None),
]


@pytest.mark.parametrize(("changes", "said"), WHOLE)
def test_figures_too_good_are_doubted(changes, said):
    trades = closed_with([1.0, 3.0, -2.0])
    found = doubts(replace(USUAL, **{"sharpe": 1.0, **changes}), trades)
    assert len(found) == (said is not None)
    if said is not None:
        assert said in found[0].text
        assert [one.profit for one in found[0].trades] == [3.0, 1.0, -2.0]


def test_parts_of_a_weight_that_are_sold_because_they_rose_speak_for_nothing():
    figures = replace(USUAL, sharpe=1.0, trades=60, win_rate=0.95, profit_factor=12.0)
    trims = [replace(one, reason="reduce_weight") for one in closed_with([1.0] * 55)]
    rest = closed_with([2.0, -1.5, 1.0, -1.0, 0.5])
    assert doubts(figures, (*trims, *rest)) == ()
    many = closed_with([1.0] * 29 + [-0.5])
    said = [one.text for one in doubts(figures, (*trims, *many))]
    assert said == ["96.7% of 30 trades won, above 90%", "a profit factor of 58.0 over 30 trades is above 10"]


# Profits of the trades -> what is said, and the profits of the trades named.
LISTS = [
    ([1.0] * 19, None, ()),
    ([1.0] * 20, "none of 20 trades lost", (1.0,) * NAMED),
    ([1.0, *[0.0] * 8, *[2.0] * 11], "none of 20 trades lost", (2.0,) * NAMED),
    ([1.0] * 19 + [-0.1], None, ()),
    ([9.0, *[1.0] * 8], None, ()),
    ([9.0, *[1.0] * 9], None, ()),
    ([9.1, *[1.0] * 9], "one of 10 trades made 50.3% of all gains", (9.1,)),
    ([20.0, 1.0, *[-1.0] * 8], "one of 10 trades made 95.2% of all gains", (20.0,)),
    ([20.0, 1.0, *[-5.0] * 8], None, ()),
    ([], None, ()),
]


@pytest.mark.parametrize(("profits", "said", "named"), LISTS)
def test_trades_too_good_are_doubted_and_named(profits, said, named):
    found = doubts(replace(USUAL, sharpe=1.0), closed_with(profits))
    assert len(found) == (said is not None)
    if said is not None:
        assert said in found[0].text
        assert tuple(one.profit for one in found[0].trades) == named


def test_fills_that_no_bar_allows_are_named_all():
    outside = closed_with([1.0] * (NAMED + 5))
    (found,) = doubts(replace(USUAL, sharpe=1.0), (closed(-1.0), *outside), outside)
    assert found.text == f"fills outside their bar's low to high: {NAMED + 5}"
    assert found.trades == outside


def test_every_doubt_is_told():
    profits = [1.0] * 39 + [99.0]
    metrics = measure(1e4 + np.cumsum([0.0, *profits]) * 10, closed_with(profits), np.zeros(41), 0.0, 0.0, 365)
    found = doubts(metrics, closed_with(profits), closed_with([1.0]))
    assert [one.text.split()[0] for one in found] == ["a", "100.0%", "a", "none", "one", "fills"]


def test_a_usual_result_is_believed():
    assert doubts(USUAL, closed_with([3.0, -1.0, 2.0, -2.0] * 10)) == ()
