"""A bar passes over an open position: which of its levels fill, at what price, and in which order."""

import math

import numpy as np
import pytest
from plain_figures import FREE, position

from models.execution import Bar, liquidation_price
from models.execution.protection import Reached, in_order, protected
from models.types import Leg

NOTHING = np.empty((0, 2))
STOP, TARGET, PARTIAL, LIQUIDATION = (int(one) for one in (Leg.STOP, Leg.TARGET, Leg.PARTIAL, Leg.LIQUIDATION))
LONG = {"stop": 90.0, "target": 110.0}
SHORT = {"stop": 110.0, "target": 90.0}
SHARED = {"partial": 105.0, "part": 4.0}
HALF = {"partial": 95.0, "part": 4.0}
FEES = {"taker_fee": 0.01, "maker_fee": 0.001, "half_spread": 0.001}


def bar(opens, high, low, close=100.0, volume=math.nan):
    return Bar(opens, high, low, min(max(close, low), high), volume)


# Ten units held at 100, levels, bar, instrument -> (leg, quantity, price, fee) for each execution
ROWS = [
    ("between the levels", 10.0, LONG, bar(100.0, 109.99, 90.01), {}, []),
    ("the stop is touched", 10.0, LONG, bar(100.0, 101.0, 90.0), {}, [(STOP, -10.0, 90.0, 0.0)]),
    ("the stop pays fee and spread", 10.0, LONG, bar(100.0, 101.0, 89.0), FEES, [(STOP, -10.0, 89.91, 8.991)]),
    ("a gap below it fills at the open", 10.0, LONG, bar(85.0, 101.0, 80.0), {}, [(STOP, -10.0, 85.0, 0.0)]),
    ("an open at it", 10.0, LONG, bar(90.0, 101.0, 80.0), {}, [(STOP, -10.0, 90.0, 0.0)]),
    ("the target is touched, as a maker", 10.0, LONG, bar(100.0, 110.0, 99.0), FEES, [(TARGET, -10.0, 110.0, 1.1)]),
    ("touched but not passed", 10.0, LONG, bar(100.0, 110.0, 99.0), {"through": 1.0}, []),
    ("passed by a tick", 10.0, LONG, bar(100.0, 110.01, 99.0), {"through": 1.0}, [(TARGET, -10.0, 110.0, 0.0)]),
    ("a gap above it fills at the open", 10.0, LONG, bar(115.0, 120.0, 99.0), {}, [(TARGET, -10.0, 115.0, 0.0)]),
    ("at the open's tick", 10.0, LONG, bar(115.009, 120.0, 99.0), {}, [(TARGET, -10.0, 115.0, 0.0)]),
    ("stop and target: the stop", 10.0, LONG, bar(100.0, 111.0, 89.0), {}, [(STOP, -10.0, 90.0, 0.0)]),
    ("stop and target, open above", 10.0, LONG, bar(111.0, 112.0, 89.0), {}, [(TARGET, -10.0, 111.0, 0.0)]),
    ("stop and target, open below", 10.0, LONG, bar(88.0, 112.0, 87.0), {}, [(STOP, -10.0, 88.0, 0.0)]),
    ("a partial profit", 10.0, LONG | SHARED, bar(100.0, 105.0, 99.0), FEES, [(PARTIAL, -4.0, 105.0, 0.42)]),
    ("and then the target", 10.0, LONG | SHARED, bar(100.0, 110.0, 99.0), {},
     [(PARTIAL, -4.0, 105.0, 0.0), (TARGET, -6.0, 110.0, 0.0)]),
    ("partial and stop: the stop alone", 10.0, LONG | SHARED, bar(100.0, 106.0, 89.0), {}, [(STOP, -10.0, 90.0, 0.0)]),
    ("an open above the partial, then the stop", 10.0, LONG | SHARED, bar(106.0, 107.0, 89.0), {},
     [(PARTIAL, -4.0, 106.0, 0.0), (STOP, -6.0, 90.0, 0.0)]),
    ("all three, open above the target", 10.0, LONG | SHARED, bar(112.0, 113.0, 89.0), {},
     [(PARTIAL, -4.0, 112.0, 0.0), (TARGET, -6.0, 112.0, 0.0)]),
    ("a partial of everything", 10.0, LONG | SHARED | {"part": 10.0}, bar(100.0, 110.0, 99.0), {},
     [(PARTIAL, -10.0, 105.0, 0.0)]),
    ("a part of nothing", 10.0, LONG | SHARED | {"part": 0.0}, bar(100.0, 106.0, 99.0), {}, []),
    ("a part of nothing before the target", 10.0, LONG | SHARED | {"part": 0.0}, bar(100.0, 111.0, 99.0), {},
     [(TARGET, -10.0, 110.0, 0.0)]),
    ("a part that an exit has shrunk the position below", 2.0, LONG | SHARED, bar(100.0, 106.0, 99.0), {},
     [(PARTIAL, -2.0, 105.0, 0.0)]),
    ("no levels", 10.0, {}, bar(100.0, 200.0, 1.0), {}, []),
    # volume
    ("what the volume gives of a stop", 10.0, LONG, bar(100.0, 101.0, 89.0, volume=3.0), {}, [(STOP, -3.0, 90.0, 0.0)]),
    ("of a target", 10.0, LONG, bar(100.0, 111.0, 99.0, volume=3.0), {}, [(TARGET, -3.0, 110.0, 0.0)]),
    ("of a partial, and nothing for the target", 10.0, LONG | SHARED, bar(100.0, 111.0, 99.0, volume=3.0), {},
     [(PARTIAL, -3.0, 105.0, 0.0)]),
    ("less than a lot", 10.0, LONG, bar(100.0, 111.0, 99.0, volume=0.09), {}, []),
    # short
    ("between the levels of a short", -10.0, SHORT, bar(100.0, 109.99, 90.01), {}, []),
    ("its stop", -10.0, SHORT, bar(100.0, 110.0, 99.0), {}, [(STOP, 10.0, 110.0, 0.0)]),
    ("with fee and spread", -10.0, SHORT, bar(100.0, 111.0, 99.0), FEES, [(STOP, 10.0, 110.11, 11.011)]),
    ("a gap above it", -10.0, SHORT, bar(115.0, 120.0, 99.0), {}, [(STOP, 10.0, 115.0, 0.0)]),
    ("its target", -10.0, SHORT, bar(100.0, 101.0, 90.0), FEES, [(TARGET, 10.0, 90.0, 0.9)]),
    ("a gap below it", -10.0, SHORT, bar(85.0, 101.0, 80.0), {}, [(TARGET, 10.0, 85.0, 0.0)]),
    ("both: the stop", -10.0, SHORT, bar(100.0, 111.0, 89.0), {}, [(STOP, 10.0, 110.0, 0.0)]),
    ("both, open below", -10.0, SHORT, bar(89.0, 111.0, 88.0), {}, [(TARGET, 10.0, 89.0, 0.0)]),
    ("its partial and its target", -10.0, SHORT | HALF, bar(100.0, 101.0, 90.0), {},
     [(PARTIAL, 4.0, 95.0, 0.0), (TARGET, 6.0, 90.0, 0.0)]),
    ("an open below its partial, then the stop", -10.0, SHORT | HALF, bar(94.0, 111.0, 93.0), {},
     [(PARTIAL, 4.0, 94.0, 0.0), (STOP, 6.0, 110.0, 0.0)]),
    ("a short without levels", -10.0, {}, bar(100.0, 200.0, 1.0), {}, []),
    # liquidation: margin 0.1, so at 90 and at 110
    ("a stop that is the liquidation", 10.0, LONG, bar(100.0, 101.0, 89.0), {"margin": 0.1, "liquidation_fee": 0.02},
     [(LIQUIDATION, -10.0, 90.0, 18.0)]),
    ("a gap through it", 10.0, LONG, bar(80.0, 101.0, 79.0), {"margin": 0.1, "liquidation_fee": 0.02},
     [(LIQUIDATION, -10.0, 80.0, 16.0)]),
    ("a stop before it, however deep the bar", 10.0, LONG | {"stop": 90.01}, bar(100.0, 101.0, 50.0), {"margin": 0.1},
     [(STOP, -10.0, 90.01, 0.0)]),
    ("of a short", -10.0, SHORT, bar(100.0, 111.0, 99.0), {"margin": 0.1, "liquidation_fee": 0.02},
     [(LIQUIDATION, 10.0, 110.0, 22.0)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "levels", "at", "changes", "executions"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS]
)
def test_protected(held, levels, at, changes, executions):
    both = protected(position(held, **levels), at, 0.0, False, NOTHING, 0, 0, FREE._replace(**changes))
    found = [one[:4] for one in both if one.leg != Leg.NONE]
    assert len(found) == len(executions)
    for one, expected in zip(found, executions, strict=True):
        assert one == pytest.approx(expected, rel=1e-12)


INSIDE = [
    ("its stop is in the bar", LONG, bar(101.0, 102.0, 89.0), [(STOP, -10.0, 90.0)]),
    ("no gap: the order came after the open", LONG, bar(85.0, 102.0, 80.0), [(STOP, -10.0, 90.0)]),
    ("its target is not taken", LONG, bar(101.0, 111.0, 99.0), []),
    ("nor its partial profit", LONG | SHARED, bar(101.0, 106.0, 99.0), []),
    ("both: the stop", LONG | SHARED, bar(101.0, 111.0, 89.0), [(STOP, -10.0, 90.0)]),
]


@pytest.mark.parametrize(("levels", "at", "executions"), [one[1:] for one in INSIDE], ids=[one[0] for one in INSIDE])
def test_in_the_bar_that_a_limit_entry_was_filled_in(levels, at, executions):
    both = protected(position(10.0, **levels), at, 0.0, True, NOTHING, 0, 0, FREE)
    assert [one[:3] for one in both if one.leg != Leg.NONE] == executions


# Highs and lows of finer bars of a bar that opens at 100 and reaches 112 and 88 -> partial, target, stop
FINER = [
    ("none", LONG, [], (False, False, True)),
    ("the stop first", LONG, [(101, 89), (112, 88)], (False, False, True)),
    ("the target first", LONG, [(101, 99), (112, 99), (101, 88)], (False, True, False)),
    ("both in one of them", LONG, [(101, 99), (112, 88)], (False, False, True)),
    ("the partial, then the stop", LONG | SHARED, [(106, 99), (101, 88)], (True, False, True)),
    ("the partial, then the target", LONG | SHARED, [(106, 99), (112, 99), (101, 88)], (True, True, False)),
    ("partial and target in one of them", LONG | SHARED, [(112, 99), (101, 88)], (True, True, False)),
    ("partial and stop in one of them", LONG | SHARED, [(106, 88), (112, 99)], (False, False, True)),
    ("they never say", LONG | SHARED, [(106, 99)], (True, False, True)),
    ("with bars of nobody knows", LONG, [(math.nan, math.nan), (112, 99)], (False, True, False)),
]


@pytest.mark.parametrize(("levels", "finer", "expected"), [one[1:] for one in FINER], ids=[one[0] for one in FINER])
@pytest.mark.parametrize("before", [0, 3])
def test_finer_bars_say_what_came_first(levels, finer, expected, before):
    rows = np.array([(200.0, 1.0)] * before + finer + [(1.0, 200.0)], dtype=float).reshape(-1, 2)
    at = bar(100.0, 112.0, 88.0)
    found = in_order(position(10.0, **levels), at, rows, before, before + len(finer), FREE)
    assert found == Reached(*expected)


@pytest.mark.parametrize(("levels", "finer", "expected"), [one[1:] for one in FINER], ids=[one[0] for one in FINER])
def test_and_of_a_short_position(levels, finer, expected):
    mirrored = {name: value if name == "part" else 200.0 - value for name, value in levels.items()}
    rows = np.array([(200.0 - low, 200.0 - high) for high, low in finer], dtype=float).reshape(-1, 2)
    found = in_order(position(-10.0, **mirrored), bar(100.0, 112.0, 88.0), rows, 0, len(finer), FREE)
    assert found == Reached(*expected)


def test_an_open_at_a_level_that_has_to_be_passed_has_not_passed_it():
    """With a tick to go through, a bar that only touches the target does not fill it, whether it goes on to the stop or
    not.
    """
    held, demanding = position(10.0, **LONG, **SHARED), FREE._replace(through=1.0)
    touched = bar(110.0, 110.0, 99.0)
    assert [one.leg for one in protected(held, touched, 0.0, False, NOTHING, 0, 0, demanding)] == [PARTIAL, 0]
    fell = bar(110.0, 110.0, 89.0)
    assert [one.leg for one in protected(held, fell, 0.0, False, NOTHING, 0, 0, demanding)] == [PARTIAL, STOP]


LIQUIDATIONS = [
    ("a cash account has none", 10.0, 100.0, 1.0, 0.0, 0.01, 0.0),
    ("ten times", 10.0, 100.0, 0.1, 0.0, 0.01, 90.0),
    ("what the venue keeps comes before", 10.0, 100.0, 0.1, 0.04, 0.01, 94.0),
    ("down to the tick", 10.0, 99.99, 0.1, 0.04, 0.1, 93.9),  # 93.9906
    ("no distance: at the entry", 10.0, 100.0, 0.1, 0.1, 0.01, 100.0),
    ("below a tick it is never", 10.0, 0.05, 0.9, 0.0, 0.01, 0.0),
    ("a short sale against cash: at twice the price", -10.0, 100.0, 1.0, 0.0, 0.01, 200.0),
    ("ten times short", -10.0, 100.0, 0.1, 0.0, 0.01, 110.0),
    ("what the venue keeps of a short", -10.0, 100.0, 0.1, 0.04, 0.01, 106.0),
    ("up to the tick", -10.0, 99.99, 0.1, 0.04, 0.1, 106.0),  # 105.9894
]


@pytest.mark.parametrize(
    ("held", "entry", "margin", "kept", "tick", "price"),
    [one[1:] for one in LIQUIDATIONS],
    ids=[one[0] for one in LIQUIDATIONS],
)
def test_liquidation_price(held, entry, margin, kept, tick, price):
    assert liquidation_price(held, entry, FREE._replace(margin=margin, maintenance=kept, tick=tick)) == price
