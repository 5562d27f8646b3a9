"""One bar of the only symbol of an account: up to three fills in their order, and what is left to do."""

import math

import numpy as np
import pytest
from plain_figures import FREE, position

from models.execution import Bar, observed, settle
from models.types import Leg

ENTRY, EXIT, STOP, TARGET, PARTIAL = (int(one) for one in (Leg.ENTRY, Leg.EXIT, Leg.STOP, Leg.TARGET, Leg.PARTIAL))
NOTHING = np.empty((0, 2))
LEVELS = {"stop": 90.0, "target": 110.0}
SHARED = LEVELS | {"partial": 105.0, "part": 4.0}


def bar(opens, high, low, volume=math.nan):
    return Bar(opens, high, low, min(max(100.0, low), high), volume)


# Held at 100, fields, bar -> (leg, quantity, price) of each fill; quantity and order afterwards
ROWS = [
    ("nothing to do", 0.0, {}, bar(100.0, 120.0, 80.0), [], (0.0, 0.0)),
    ("an entry and no more", 0.0, LEVELS | {"ordered": 10.0}, bar(100.0, 105.0, 95.0), [(ENTRY, 10.0, 100.0)],
     (10.0, 0.0)),
    ("an entry and its stop", 0.0, LEVELS | {"ordered": 10.0}, bar(100.0, 105.0, 89.0),
     [(ENTRY, 10.0, 100.0), (STOP, -10.0, 90.0)], (0.0, 0.0)),
    ("an entry and its target", 0.0, LEVELS | {"ordered": 10.0}, bar(100.0, 115.0, 95.0),
     [(ENTRY, 10.0, 100.0), (TARGET, -10.0, 110.0)], (0.0, 0.0)),
    ("an entry, its part and its target", 0.0, SHARED | {"ordered": 10.0}, bar(100.0, 115.0, 95.0),
     [(ENTRY, 10.0, 100.0), (PARTIAL, -4.0, 105.0), (TARGET, -6.0, 110.0)], (0.0, 0.0)),
    ("an entry that opens below its stop", 0.0, LEVELS | {"ordered": 10.0}, bar(85.0, 86.0, 84.0),
     [(ENTRY, 10.0, 85.0), (STOP, -10.0, 85.0)], (0.0, 0.0)),
    ("an entry that opens above its target", 0.0, LEVELS | {"ordered": 10.0}, bar(112.0, 113.0, 111.0),
     [(ENTRY, 10.0, 112.0), (TARGET, -10.0, 112.0)], (0.0, 0.0)),
    ("a limit entry at the open, and its target", 0.0, LEVELS | {"ordered": 10.0, "limit": 99.0},
     bar(98.0, 115.0, 97.0), [(ENTRY, 10.0, 98.0), (TARGET, -10.0, 110.0)], (0.0, 0.0)),
    ("a limit entry inside the bar, and no target", 0.0, LEVELS | {"ordered": 10.0, "limit": 99.0},
     bar(100.0, 115.0, 97.0), [(ENTRY, 10.0, 99.0)], (10.0, 0.0)),
    ("but its stop", 0.0, LEVELS | {"ordered": 10.0, "limit": 99.0}, bar(100.0, 115.0, 89.0),
     [(ENTRY, 10.0, 99.0), (STOP, -10.0, 90.0)], (0.0, 0.0)),
    ("a limit entry that was not reached is over", 0.0, LEVELS | {"ordered": 10.0, "limit": 99.0},
     bar(100.0, 115.0, 99.5), [], (0.0, 0.0)),
    ("without volume it waits", 0.0, LEVELS | {"ordered": 10.0, "limit": 99.0}, bar(100.0, 115.0, 80.0, 0.0), [],
     (0.0, 10.0)),
    ("an exit", 10.0, LEVELS | {"ordered": -10.0}, bar(100.0, 115.0, 80.0), [(EXIT, -10.0, 100.0)], (0.0, 0.0)),
    ("without volume it waits, and so do the levels", 10.0, LEVELS | {"ordered": -10.0}, bar(100.0, 115.0, 80.0, 0.0),
     [], (10.0, -10.0)),
    # An exit takes what the bar gives; its levels find nothing that the exit left.
    ("some of an exit, nothing for the stop", 10.0, LEVELS | {"ordered": -10.0}, bar(100.0, 101.0, 80.0, 6.0),
     [(EXIT, -6.0, 100.0)], (4.0, -4.0)),
    ("some of an exit, nothing for the target", 10.0, LEVELS | {"ordered": -10.0}, bar(100.0, 111.0, 99.0, 3.0),
     [(EXIT, -3.0, 100.0)], (7.0, -7.0)),
    ("some of an exit, nothing for the part", 10.0, SHARED | {"ordered": -10.0}, bar(100.0, 106.0, 99.0, 5.0),
     [(EXIT, -5.0, 100.0)], (5.0, -5.0)),
    ("of a short position too", -10.0, {"stop": 110.0, "partial": 95.0, "part": 4.0, "ordered": 10.0},
     bar(100.0, 101.0, 94.0, 8.0), [(EXIT, 8.0, 100.0)], (-2.0, 2.0)),
    ("an entry, and the stop with what it left", 0.0, LEVELS | {"ordered": 10.0}, bar(100.0, 101.0, 80.0, 14.0),
     [(ENTRY, 10.0, 100.0), (STOP, -4.0, 90.0)], (6.0, -6.0)),
    ("an entry, its part, and the target with what both left", 0.0, SHARED | {"ordered": 10.0},
     bar(100.0, 111.0, 99.0, 15.0), [(ENTRY, 10.0, 100.0), (PARTIAL, -4.0, 105.0), (TARGET, -1.0, 110.0)],
     (5.0, 0.0)),
    ("some of a stop: the rest at market", 10.0, LEVELS, bar(100.0, 101.0, 80.0, 4.0), [(STOP, -4.0, 90.0)],
     (6.0, -6.0)),
    ("no lot of a stop: all of it at market", 10.0, LEVELS, bar(100.0, 101.0, 80.0, 0.05), [], (10.0, -10.0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "fields", "at", "fills", "then"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS]
)
def test_settle(held, fields, at, fills, then):
    after, cash, *done, inside = settle(position(held, **fields), 1e6, at, NOTHING, 0, 0, FREE)
    assert [one[:3] for one in done if one.quantity != 0.0] == fills
    assert (after.quantity, after.ordered) == then
    assert inside is (held == 0.0 and at.volume != 0.0 and 0.0 < fields.get("limit", 0.0) < at.open)
    assert cash == pytest.approx(1e6 - sum(one.quantity * one.price for one in done))


def test_what_an_exit_left_is_sold_once():
    """Too little volume for the exit in a bar that reaches the target: in the next one only what is held is sold."""
    before = position(20.0, target=110.0, ordered=-20.0)
    between, cash, *_ = settle(before, 0.0, bar(104.0, 111.0, 104.0, 8.0), NOTHING, 0, 0, FREE)
    assert between.quantity == 12.0
    after, _, first, *rest, _ = settle(between, cash, bar(104.0, 105.0, 104.0, 100.0), NOTHING, 0, 0, FREE)
    assert first[:3] == (EXIT, -12.0, 104.0)
    assert [one.leg for one in rest] == [Leg.NONE, Leg.NONE]
    assert after.quantity == 0.0


OBSERVED = [
    ("a long position", 10.0, bar(100.0, 105.0, 80.0), False, {"last": 100.0, "best": 105.0, "age": 4.0}),
    ("that has seen better", 10.0, bar(100.0, 101.0, 80.0), False, {"last": 100.0, "best": 102.0, "age": 4.0}),
    ("of the bar of its entry the close alone", 10.0, bar(103.0, 110.0, 103.0), True,
     {"last": 103.0, "best": 103.0, "age": 4.0}),
    ("a short position", -10.0, bar(90.0, 91.0, 80.0), False, {"last": 91.0, "best": 80.0, "age": 4.0}),
    ("that has seen better", -10.0, bar(110.0, 115.0, 104.0), False, {"last": 104.0, "best": 102.0, "age": 4.0}),
    ("of the bar of its entry the close alone", -10.0, bar(90.0, 95.0, 80.0), True,
     {"last": 95.0, "best": 95.0, "age": 4.0}),
    ("no position", 0.0, bar(110.0, 115.0, 104.0), False, {"last": 104.0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "at", "inside", "then"), [one[1:] for one in OBSERVED], ids=[one[0] for one in OBSERVED]
)
def test_observed(held, at, inside, then):
    before = position(held, **LEVELS, best=102.0, age=3.0, ordered=-held)
    assert observed(before, at, inside) == before._replace(**then)
