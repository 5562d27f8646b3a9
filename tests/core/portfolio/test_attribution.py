"""Rows of every key add up to the whole, and each is what its trades made."""

import math

import pytest
from closed_trades import closed
from hypothesis import given
from hypothesis import strategies as st

from models.portfolio.attribution import KEYS, Attribution, by_key
from models.portfolio.trades import profits_of
from models.types import BadInput

TRADES = (
    closed(6.0, symbol="BTC", regime="trending", leg="target"),
    closed(-2.0, symbol="BTC", regime="ranging", leg="stop", costs=0.5),
    closed(5.0, symbol="ETH", regime="trending", leg="partial"),
    closed(-1.0, symbol="SOL", regime="crisis", leg="liquidation"),
    closed(0.0, symbol="SOL", regime="crisis"),
)


def test_rows_by_hand():
    assert by_key(TRADES, "symbol") == (
        Attribution("ETH", 1, 5.0, 0.25, 1.0, None, 5.0, 5.0 / 8.0),
        Attribution("BTC", 2, 4.0, 0.75, 0.5, 3.0, 2.0, 4.0 / 8.0),
        Attribution("SOL", 2, -1.0, 0.5, 0.0, 0.0, -0.5, -1.0 / 8.0),
    )
    assert [(row.name, row.profit) for row in by_key(TRADES, "regime")] == [
        ("trending", 11.0),
        ("crisis", -1.0),
        ("ranging", -2.0),
    ]


def test_no_share_of_a_loss_and_no_row_of_nothing():
    assert [row.share for row in by_key((closed(-3.0, leg="stop"), closed(2.0)), "leg")] == [None, None]
    assert by_key((), "symbol") == ()


def test_equal_rows_stand_by_name():
    trades = [closed(1.0, model=name) for name in ("c", "a", "b")]
    assert [row.name for row in by_key(trades, "model")] == ["a", "b", "c"]


def test_an_unknown_key_and_a_profit_that_is_none_are_refused():
    with pytest.raises(BadInput, match="grouped by 'venue'; use one of symbol, system"):
        by_key(TRADES, "venue")
    with pytest.raises(BadInput, match="profit of nan"):
        by_key((closed(math.nan),), "symbol")


names = st.sampled_from(["a", "b", "c"])
drawn = st.lists(
    st.builds(
        lambda profit, costs, keys: closed(profit, costs=costs, **dict(zip(KEYS, keys, strict=True))),
        st.floats(-1e6, 1e6),
        st.floats(0.0, 1e3),
        st.tuples(*[names] * len(KEYS)),
    ),
    max_size=40,
)


@given(trades=drawn, key=st.sampled_from(KEYS))
def test_rows_sum_to_the_whole(trades, key):
    rows = by_key(trades, key)
    profits = profits_of(trades)
    near = 1e-12 * (1.0 + float(abs(profits).sum()))
    assert sum(row.profit for row in rows) == pytest.approx(float(profits.sum()), abs=near)
    assert sum(row.costs for row in rows) == pytest.approx(sum(one.costs for one in trades), rel=1e-12)
    assert sum(row.trades for row in rows) == len(trades)
    wins = sum(row.win_rate * row.trades for row in rows)
    assert wins == pytest.approx(sum(one.profit > 0 for one in trades))
    assert {row.name for row in rows} == {getattr(one, key) for one in trades}
    assert len({row.name for row in rows}) == len(rows)
    if float(profits.sum()) > 1e-3:
        assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-6)
        for row in rows:
            own = [one.profit for one in trades if getattr(one, key) == row.name]
            assert row.average_profit == pytest.approx(math.fsum(own) / len(own), abs=near)
