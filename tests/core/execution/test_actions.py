"""Splits and dividends, one row each."""

import pytest
from plain_figures import FREE, position

from models.execution import after_actions

LEVELS = {"stop": 90.0, "target": 120.0, "partial": 110.0, "part": 4.0, "atr": 2.0, "age": 5.0, "best": 104.0}

# Held at 100, fields, new units for an old one, dividend -> what changes, dividends, cash in lieu, realised
ROWS = [
    ("nothing", 10.0, LEVELS, 1.0, 0.0, {}, 0.0, 0.0, 0.0),
    ("a dividend", 10.0, LEVELS, 1.0, 0.5, {}, 5.0, 0.0, 0.0),
    ("a short position pays it", -10.0, LEVELS, 1.0, 0.5, {}, -5.0, 0.0, 0.0),
    ("nobody holds anything", 0.0, {"ordered": 5.0}, 1.0, 0.5, {}, 0.0, 0.0, 0.0),
    ("two for one", 10.0, LEVELS, 2.0, 0.0,
     {"quantity": 20.0, "entry": 50.0, "last": 50.0, "best": 52.0, "atr": 1.0, "stop": 45.0, "target": 60.0,
      "partial": 55.0, "part": 8.0}, 0.0, 0.0, 0.0),
    ("the dividend is of the old units", 10.0, {}, 2.0, 0.5, {"quantity": 20.0, "last": 50.0, "entry": 50.0,
     "best": 50.0}, 5.0, 0.0, 0.0),
    ("one for ten", 10.0, LEVELS, 0.1, 0.0,
     {"quantity": 1.0, "entry": 1000.0, "last": 1000.0, "best": 1040.0, "atr": 20.0, "stop": 900.0, "target": 1200.0,
      "partial": 1100.0, "part": 0.4}, 0.0, 0.0, 0.0),
    # 0.3 * 1.5 = 0.45: 0.4 are kept and 0.05 are paid at 100 / 1.5, which cost a ninth of 30
    ("a fraction is paid out", 0.3, {"last": 120.0}, 1.5, 0.0,
     {"quantity": 0.4, "cost": 30.0 * 8 / 9, "last": 80.0, "entry": 100.0 / 1.5, "best": 100.0 / 1.5,
      "earned": 4.0 - 30.0 / 9}, 0.0, 4.0, 4.0 - 30.0 / 9),
    ("a short position pays for its fraction", -0.3, {"last": 120.0}, 1.5, 0.0,
     {"quantity": -0.4, "cost": -30.0 * 8 / 9, "last": 80.0, "entry": 100.0 / 1.5, "best": 100.0 / 1.5,
      "earned": 30.0 / 9 - 4.0}, 0.0, -4.0, 30.0 / 9 - 4.0),
    ("levels go away from the price", 10.0, {"stop": 90.0, "target": 110.0, "partial": 101.0, "part": 1.0}, 7.0, 0.0,
     {"quantity": 70.0, "stop": 12.85, "target": 15.72, "partial": 14.43, "part": 7.0, "entry": 100.0 / 7,
      "last": 100.0 / 7, "best": 100.0 / 7}, 0.0, 0.0, 0.0),
    ("of a short position too", -10.0, {"stop": 110.0, "target": 90.0, "partial": 99.0, "part": 1.0}, 7.0, 0.0,
     {"quantity": -70.0, "stop": 15.72, "target": 12.85, "partial": 14.14, "part": 7.0, "entry": 100.0 / 7,
      "last": 100.0 / 7, "best": 100.0 / 7}, 0.0, 0.0, 0.0),
    ("an exit that waits sells all that there is", 10.0, {"ordered": -10.0}, 2.0, 0.0,
     {"quantity": 20.0, "ordered": -20.0, "last": 50.0, "entry": 50.0, "best": 50.0}, 0.0, 0.0, 0.0),
    ("a reduction sells as much of it as before", 10.0, {"ordered": -6.0}, 2.0, 0.0,
     {"quantity": 20.0, "ordered": -12.0, "last": 50.0, "entry": 50.0, "best": 50.0}, 0.0, 0.0, 0.0),
    ("of a short position too", -10.0, {"ordered": 6.0}, 2.0, 0.0,
     {"quantity": -20.0, "ordered": 12.0, "last": 50.0, "entry": 50.0, "best": 50.0}, 0.0, 0.0, 0.0),
    # 0.3 * 1.5 = 0.45
    ("in whole lots", 10.0, {"ordered": -0.3}, 1.5, 0.0,
     {"quantity": 15.0, "ordered": -0.4, "last": 100.0 / 1.5, "entry": 100.0 / 1.5, "best": 100.0 / 1.5}, 0.0, 0.0,
     0.0),
    ("and is over where that is none", 10.0, {"ordered": -0.3}, 0.1, 0.0,
     {"quantity": 1.0, "ordered": 0.0, "last": 1000.0, "entry": 1000.0, "best": 1000.0}, 0.0, 0.0, 0.0),
    ("an addition that waits is void", 10.0, {"ordered": 6.0}, 2.0, 0.0,
     {"quantity": 20.0, "ordered": 0.0, "last": 50.0, "entry": 50.0, "best": 50.0}, 0.0, 0.0, 0.0),
    ("what a fraction realised is earned", 0.3, {"last": 120.0, "earned": 7.0}, 1.5, 0.0,
     {"quantity": 0.4, "cost": 30.0 * 8 / 9, "last": 80.0, "entry": 100.0 / 1.5, "best": 100.0 / 1.5,
      "earned": 7.0 + 4.0 - 30.0 / 9}, 0.0, 4.0, 4.0 - 30.0 / 9),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "fields", "split", "dividend", "then", "income", "in_lieu", "realised"),
    [one[1:] for one in ROWS],
    ids=[one[0] for one in ROWS],
)
def test_after_actions(held, fields, split, dividend, then, income, in_lieu, realised):
    before = position(held, **fields)
    after, *money = after_actions(before, split, dividend, FREE)
    assert after == pytest.approx(before._replace(**then), rel=1e-12)
    assert money == pytest.approx([income, in_lieu, realised], rel=1e-12, abs=1e-12)


def test_a_reverse_split_to_below_a_lot_closes_the_position():
    before = position(5.0, **LEVELS, last=110.0, ordered=-5.0)
    after, income, in_lieu, realised = after_actions(before, 0.01, 0.0, FREE)
    assert after == position(last=110.0 / 0.01, entries=1.0)
    assert (income, in_lieu, realised) == pytest.approx((0.0, 550.0, 50.0))


def test_of_a_short_position_too():
    after, _, in_lieu, realised = after_actions(position(-5.0, **LEVELS, last=110.0), 0.01, 0.0, FREE)
    assert (after.quantity, after.cost, after.stop) == (0.0, 0.0, 0.0)
    assert (in_lieu, realised) == pytest.approx((-550.0, -50.0))


def test_an_entry_that_waits_for_old_units_is_void():
    after, *money = after_actions(position(**LEVELS, ordered=5.0, limit=99.0, entries=2.0), 2.0, 0.0, FREE)
    assert (after, money) == (position(last=50.0, entries=2.0), [0.0, 0.0, 0.0])


def test_a_stop_below_the_smallest_price_is_none():
    after, *_ = after_actions(position(10.0, entry=0.06, stop=0.05), 10.0, 0.0, FREE)
    assert after.stop == 0.0
