"""Where stop, target and part of an entry are, and how a stop trails, worked out by hand."""

import math

import pytest
from plain_figures import BARE, position

from models.specialists import Levels, are_known, entry_levels, leave_room, trailed_stop

NAN, INF = math.nan, math.inf

# side, rules -> stop, target, partial. At 100, average true range 2, range from 95 to 103, tick 0.01
LEVELS = [
    ("no rule, no level", 1.0, {}, (0.0, 0.0, 0.0)),
    ("no rule short", -1.0, {}, (0.0, 0.0, 0.0)),
    ("a stop of four percent", 1.0, {"stop_loss": 0.04}, (96.0, 0.0, 0.0)),
    ("short", -1.0, {"stop_loss": 0.04}, (104.0, 0.0, 0.0)),
    ("of one and a half ranges", 1.0, {"stop_atr": 1.5}, (97.0, 0.0, 0.0)),
    ("short", -1.0, {"stop_atr": 1.5}, (103.0, 0.0, 0.0)),
    ("below the range", 1.0, {"range_stop": 0.01}, (94.05, 0.0, 0.0)),
    ("above it, short", -1.0, {"range_stop": 0.01}, (104.03, 0.0, 0.0)),
    ("at its edge", 1.0, {"range_stop": 0.0}, (95.0, 0.0, 0.0)),
    ("the nearest of three", 1.0, {"stop_loss": 0.04, "stop_atr": 1.5, "range_stop": 0.01}, (97.0, 0.0, 0.0)),
    ("short", -1.0, {"stop_loss": 0.04, "stop_atr": 1.5, "range_stop": 0.01}, (103.0, 0.0, 0.0)),
    ("down to the tick", 1.0, {"stop_loss": 0.04321}, (95.67, 0.0, 0.0)),
    ("up to it, short", -1.0, {"stop_loss": 0.04321}, (104.33, 0.0, 0.0)),
    ("a stop of everything is none", 1.0, {"stop_loss": 1.0}, (0.0, 0.0, 0.0)),
    ("nor is one below", 1.0, {"stop_atr": 60.0}, (0.0, 0.0, 0.0)),
    ("a target of six percent", 1.0, {"take_profit": 0.06}, (0.0, 106.0, 0.0)),
    ("short", -1.0, {"take_profit": 0.06}, (0.0, 94.0, 0.0)),
    ("up to the tick", 1.0, {"take_profit": 0.06321}, (0.0, 106.33, 0.0)),
    ("down to it, short", -1.0, {"take_profit": 0.06321}, (0.0, 93.67, 0.0)),
    ("three times the stop", 1.0, {"stop_loss": 0.02, "take_ratio": 3.0}, (98.0, 106.0, 0.0)),
    ("short", -1.0, {"stop_loss": 0.02, "take_ratio": 3.0}, (102.0, 94.0, 0.0)),
    ("without a stop: none", 1.0, {"take_ratio": 3.0}, (0.0, 0.0, 0.0)),
    ("short without a stop: none", -1.0, {"take_ratio": 3.0}, (0.0, 0.0, 0.0)),
    ("at three quarters of the range", 1.0, {"range_target": 0.75}, (0.0, 101.0, 0.0)),
    ("short", -1.0, {"range_target": 0.75}, (0.0, 97.0, 0.0)),
    ("the nearest of three", 1.0, {"take_profit": 0.06, "stop_loss": 0.02, "take_ratio": 1.5, "range_target": 1.0},
     (98.0, 103.0, 0.0)),
    ("a short target below nothing is none", -1.0, {"take_profit": 1.5}, (0.0, 0.0, 0.0)),
    ("a part at two percent", 1.0, {"partial_at": 0.02}, (0.0, 0.0, 102.0)),
    ("short, no target", -1.0, {"partial_at": 0.02}, (0.0, 0.0, 98.0)),
    ("before the target", 1.0, {"partial_at": 0.02, "take_profit": 0.06}, (0.0, 106.0, 102.0)),
    ("at the target: none", 1.0, {"partial_at": 0.06, "take_profit": 0.06}, (0.0, 106.0, 0.0)),
    ("beyond it: none", 1.0, {"partial_at": 0.07, "take_profit": 0.06}, (0.0, 106.0, 0.0)),
    ("before it, short", -1.0, {"partial_at": 0.02, "take_profit": 0.06}, (0.0, 94.0, 98.0)),
    ("beyond it, short", -1.0, {"partial_at": 0.07, "take_profit": 0.06}, (0.0, 94.0, 0.0)),
    ("a tick before it on the grid alone", 1.0, {"partial_at": 0.05991, "take_profit": 0.05999}, (0.0, 106.0, 0.0)),
]  # fmt: skip


@pytest.mark.parametrize(("side", "rules", "levels"), [one[1:] for one in LEVELS], ids=[one[0] for one in LEVELS])
def test_entry_levels(side, rules, levels):
    assert entry_levels(side, 100.0, 2.0, 95.0, 103.0, BARE._replace(**rules), 0.01) == levels


SMALL = [
    ("a tick wider than the distance", 1.0, 3e-8, 1e-8, (2e-8, 4e-8, 0.0)),
    ("short", -1.0, 3e-8, 1e-8, (4e-8, 2e-8, 0.0)),
    ("the smallest price there is has no stop below it", 1.0, 1e-8, 1e-8, (0.0, 2e-8, 0.0)),
    ("nor a short target", -1.0, 1e-8, 1e-8, (2e-8, 0.0, 0.0)),
    ("a fortune", 1.0, 1e7, 1e-8, (9.6e6, 1.04e7, 0.0)),
    ("whole thousands", 1.0, 1e7, 7000.0, (9597000.0, 10402000.0, 0.0)),
]


@pytest.mark.parametrize(("side", "price", "tick", "levels"), [one[1:] for one in SMALL], ids=[one[0] for one in SMALL])
def test_on_any_grid(side, price, tick, levels):
    rules = BARE._replace(stop_loss=0.04, take_profit=0.04)
    assert entry_levels(side, price, NAN, NAN, NAN, rules, tick) == pytest.approx(levels, rel=1e-15)


ROOM = [
    ("between", 1.0, (99.0, 101.0, 0.0), True),
    ("no levels", 1.0, (0.0, 0.0, 0.0), True),
    ("a stop at the price", 1.0, (100.0, 101.0, 0.0), False),
    ("a stop above it", 1.0, (100.01, 101.0, 0.0), False),
    ("a target at it", 1.0, (99.0, 100.0, 0.0), False),
    ("a target below it", 1.0, (90.0, 99.0, 0.0), False),
    ("a tick on each side", 1.0, (99.99, 100.01, 0.0), True),
    ("short", -1.0, (101.0, 99.0, 0.0), True),
    ("short without levels", -1.0, (0.0, 0.0, 0.0), True),
    ("a stop at the price, short", -1.0, (100.0, 99.0, 0.0), False),
    ("a stop below it, short", -1.0, (99.0, 98.0, 0.0), False),
    ("a target at it, short", -1.0, (101.0, 100.0, 0.0), False),
    ("a target above it, short", -1.0, (101.0, 100.5, 0.0), False),
]


@pytest.mark.parametrize(("side", "levels", "room"), [one[1:] for one in ROOM], ids=[one[0] for one in ROOM])
def test_leave_room(side, levels, room):
    assert leave_room(side, 100.0, Levels(*levels)) is room


KNOWN = [
    ({}, NAN, NAN, NAN, True),
    ({"stop_loss": 0.1, "trail": 0.1, "take_profit": 0.1}, NAN, NAN, NAN, True),
    ({"stop_atr": 1.0}, NAN, 1.0, 1.0, False),
    ({"stop_atr": 1.0}, 0.0, 1.0, 1.0, False),
    ({"stop_atr": 1.0}, 2.0, NAN, NAN, True),
    ({"trail_atr": 1.0}, NAN, 1.0, 1.0, False),
    ({"range_stop": 0.0}, NAN, 1.0, 1.0, True),
    ({"range_stop": 0.0}, 2.0, NAN, 1.0, False),
    ({"range_target": 0.5}, 2.0, 1.0, NAN, False),
]


@pytest.mark.parametrize(("rules", "atr", "low", "high", "known"), KNOWN)
def test_are_known(rules, atr, low, high, known):
    assert are_known(atr, low, high, BARE._replace(**rules)) is known


# Units held, the best price since, average true range 2 at the entry, its stop -> the stop after the bar
TRAILED = [
    ("no rule", 10.0, 110.0, {}, 90.0, 90.0),
    ("five percent below the best", 10.0, 110.0, {"trail": 0.05}, 90.0, 104.5),
    ("never back", 10.0, 110.0, {"trail": 0.05}, 105.0, 105.0),
    ("where it is already", 10.0, 110.0, {"trail": 0.05}, 104.5, 104.5),
    ("three ranges below it", 10.0, 110.0, {"trail_atr": 3.0}, 90.0, 104.0),
    ("the nearer of both", 10.0, 110.0, {"trail": 0.05, "trail_atr": 3.0}, 90.0, 104.5),
    ("down to the tick", 10.0, 110.0, {"trail": 0.0512}, 90.0, 104.36),
    ("no further down than it was", 10.0, 110.0, {"trail": 0.0512}, 104.365, 104.365),
    ("where there was none", 10.0, 110.0, {"trail": 0.05}, 0.0, 104.5),
    ("none either, far below", 10.0, 110.0, {"trail_atr": 60.0}, 0.0, 0.0),
    ("above the close", 10.0, 110.0, {"trail": 0.0}, 90.0, 110.0),
    ("short", -10.0, 90.0, {"trail": 0.05}, 110.0, 94.5),
    ("short, never back", -10.0, 90.0, {"trail": 0.05}, 94.0, 94.0),
    ("short, three ranges", -10.0, 90.0, {"trail_atr": 3.0}, 110.0, 96.0),
    ("short, where there was none", -10.0, 90.0, {"trail": 0.05}, 0.0, 94.5),
    ("short, up to the tick", -10.0, 90.0, {"trail": 0.0512}, 110.0, 94.61),  # 94.608
]


@pytest.mark.parametrize(
    ("held", "best", "rules", "before", "after"), [one[1:] for one in TRAILED], ids=[one[0] for one in TRAILED]
)
def test_trailed_stop(held, best, rules, before, after):
    at = position(held, best=best, atr=2.0, stop=before)
    assert trailed_stop(at, BARE._replace(**rules), 0.01) == pytest.approx(after, rel=1e-15)
