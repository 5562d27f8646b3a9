"""A fill meets what is held: what becomes of levels, part and waiting order."""

import pytest
from plain_figures import FREE, position

from models.execution import Execution, booked
from models.execution.executions import expired, no_execution
from models.types import Leg

WAITING = {"stop": 90.0, "target": 120.0, "partial": 110.0, "part": 4.0, "regime": 2.0}
HELD = {"stop": 90.0, "target": 120.0, "partial": 110.0, "part": 4.0}


def done(leg, quantity, price=100.0, fee=0.0):
    return Execution(int(leg), quantity, price, fee, 0.0, 0.0)


# Position, execution, instrument -> what it is afterwards, cash (of 1000), realised
OPENED = [
    ("all of an entry", {"ordered": 10.0}, done(Leg.ENTRY, 10.0, fee=1.0), {},
     {"quantity": 10.0, "cost": 1001.0, "entry": 100.0, "best": 100.0, "ordered": 0.0, "part": 4.0, "stop": 90.0},
     -1.0),
    ("half of one: half of the part", {"ordered": 10.0}, done(Leg.ENTRY, 5.0), {},
     {"quantity": 5.0, "part": 2.0, "partial": 110.0, "ordered": 0.0}, 500.0),
    ("a quarter: the part down to a lot", {"ordered": 10.0, "part": 0.6}, done(Leg.ENTRY, 2.5), {},
     {"quantity": 2.5, "part": 0.1, "partial": 110.0}, 750.0),
    ("so little that no part is left", {"ordered": 10.0, "part": 0.6}, done(Leg.ENTRY, 1.0), {},
     {"quantity": 1.0, "part": 0.0, "partial": 0.0, "target": 120.0}, 900.0),
    ("a short sale", {"ordered": -10.0, "stop": 110.0, "target": 80.0, "partial": 90.0},
     done(Leg.ENTRY, -10.0, fee=1.0), {},
     {"quantity": -10.0, "cost": -999.0, "entry": 100.0, "stop": 110.0, "part": 4.0}, 1999.0),
    ("the limit is gone", {"ordered": 10.0, "limit": 101.0}, done(Leg.ENTRY, 10.0), {}, {"limit": 0.0}, 0.0),
    ("one more position today", {"ordered": 10.0, "entries": 2.0}, done(Leg.ENTRY, 10.0), {}, {"entries": 3.0}, 0.0),
    ("liquidation is nearer than the stop", {"ordered": 10.0}, done(Leg.ENTRY, 10.0), {"margin": 0.05},
     {"stop": 95.0}, 0.0),
    ("liquidation is further than the stop", {"ordered": 10.0}, done(Leg.ENTRY, 10.0), {"margin": 0.5},
     {"stop": 90.0}, 0.0),
    ("liquidation without a stop", {"ordered": 10.0, "stop": 0.0}, done(Leg.ENTRY, 10.0), {"margin": 0.5},
     {"stop": 50.0}, 0.0),
    ("of a short sale", {"ordered": -10.0, "stop": 0.0}, done(Leg.ENTRY, -10.0), {"margin": 0.5},
     {"stop": 150.0}, 2000.0),
    ("nearer than its stop", {"ordered": -10.0, "stop": 160.0}, done(Leg.ENTRY, -10.0), {"margin": 0.5},
     {"stop": 150.0}, 2000.0),
    ("further than its stop", {"ordered": -10.0, "stop": 140.0}, done(Leg.ENTRY, -10.0), {"margin": 0.5},
     {"stop": 140.0}, 2000.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("waiting", "execution", "changes", "then", "cash"), [one[1:] for one in OPENED], ids=[one[0] for one in OPENED]
)
def test_an_entry(waiting, execution, changes, then, cash):
    after, money, told = booked(position(**(WAITING | waiting)), 1000.0, execution, FREE._replace(**changes))
    assert {name: getattr(after, name) for name in then} == pytest.approx(then, rel=1e-12)
    assert money == pytest.approx(cash, rel=1e-12)
    assert (told.realised, after.regime, after.age) == (0.0, 2.0, 0.0)


# Ten units bought at 100, or sold short, and what is added -> what changes, cash (of 1000)
ADDED = [
    ("as much for more", 10.0, {"ordered": 10.0}, done(Leg.ADD, 10.0, 120.0, 2.0), {},
     {"quantity": 20.0, "cost": 2202.0, "entry": 110.0, "best": 120.0, "ordered": 0.0, "spent": 2200.0, "stop": 90.0,
      "target": 120.0, "partial": 110.0, "part": 4.0, "age": 3.0, "entries": 1.0, "earned": 5.0}, -202.0),
    ("for less", 10.0, {"ordered": 10.0, "best": 130.0}, done(Leg.ADD, 5.0, 85.0), {},
     {"quantity": 15.0, "entry": 95.0, "best": 130.0, "ordered": 0.0}, 575.0),
    ("to a short position", -10.0, {"ordered": -10.0, "stop": 130.0, "best": 100.0}, done(Leg.ADD, -10.0, 80.0), {},
     {"quantity": -20.0, "entry": 90.0, "best": 80.0, "stop": 130.0, "cost": -1800.0}, 1800.0),
    ("its margin's end was its stop", 10.0, {"ordered": 10.0, "stop": 50.0}, done(Leg.ADD, 10.0, 80.0),
     {"margin": 0.5}, {"stop": 45.0}, 200.0),
    ("a stop of its own stays", 10.0, {"ordered": 10.0, "stop": 51.0}, done(Leg.ADD, 10.0, 80.0), {"margin": 0.5},
     {"stop": 51.0}, 200.0),
    ("until the margin's end is nearer", 10.0, {"ordered": 10.0, "stop": 51.0}, done(Leg.ADD, 10.0, 120.0),
     {"margin": 0.5}, {"stop": 55.0}, -200.0),
    ("a short's margin's end", -10.0, {"ordered": -10.0, "stop": 150.0}, done(Leg.ADD, -10.0, 120.0), {"margin": 0.5},
     {"stop": 165.0}, 2200.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "fields", "execution", "changes", "then", "cash"), [o[1:] for o in ADDED], ids=[o[0] for o in ADDED]
)
def test_an_addition(held, fields, execution, changes, then, cash):
    before = position(held, **(HELD | {"age": 3.0, "earned": 5.0} | fields))
    after, money, told = booked(before, 1000.0, execution, FREE._replace(**changes))
    assert {name: getattr(after, name) for name in then} == pytest.approx(then, rel=1e-12)
    assert money == pytest.approx(cash, rel=1e-12)
    assert told.realised == 0.0


def test_an_addition_that_expired_leaves_the_position():
    before = position(10.0, **HELD, ordered=3.0)
    assert booked(before, 5.0, expired(), FREE)[:2] == (before._replace(ordered=0.0), 5.0)


# Ten units bought at 100, or sold short. What it is afterwards, and realised
REDUCED = [
    ("an exit of all", 10.0, {"ordered": -10.0}, done(Leg.EXIT, -10.0, 110.0, 1.0),
     {"quantity": 0.0, "stop": 0.0}, 99.0),
    ("some of an exit: the rest waits", 10.0, {"ordered": -10.0}, done(Leg.EXIT, -3.0, 110.0),
     {"quantity": 7.0, "ordered": -7.0, "stop": 90.0, "part": 4.0, "cost": 700.0}, 30.0),
    ("lots without dust", 0.3, {"ordered": -0.3}, done(Leg.EXIT, -0.1), {"quantity": 0.2, "ordered": -0.2}, 0.0),
    ("some of a stop: the rest waits", 10.0, {}, done(Leg.STOP, -3.0, 90.0),
     {"quantity": 7.0, "ordered": -7.0, "stop": 90.0}, -30.0),
    ("some of a liquidation", 10.0, {}, done(Leg.LIQUIDATION, -3.0, 90.0), {"quantity": 7.0, "ordered": -7.0}, -30.0),
    ("a stop while an exit waits", 7.0, {"ordered": -7.0}, done(Leg.STOP, -3.0, 90.0),
     {"quantity": 4.0, "ordered": -4.0}, -30.0),
    ("some of a target: the rest rests on", 10.0, {}, done(Leg.TARGET, -3.0, 120.0),
     {"quantity": 7.0, "ordered": 0.0, "target": 120.0, "part": 4.0}, 60.0),
    ("some of a target while an exit waits", 7.0, {"ordered": -7.0}, done(Leg.TARGET, -3.0, 120.0),
     {"quantity": 4.0, "ordered": -4.0}, 60.0),
    ("a partial profit comes once", 10.0, {}, done(Leg.PARTIAL, -4.0, 110.0, 2.0),
     {"quantity": 6.0, "partial": 0.0, "part": 0.0, "target": 120.0, "stop": 90.0, "ordered": 0.0}, 38.0),
    ("some of it is all of it", 10.0, {}, done(Leg.PARTIAL, -1.0, 110.0), {"partial": 0.0, "part": 0.0}, 10.0),
    ("while an exit waits", 7.0, {"ordered": -7.0}, done(Leg.PARTIAL, -4.0, 110.0), {"quantity": 3.0, "ordered": -3.0},
     40.0),
    ("all of a reduction", 10.0, {"ordered": -3.0}, done(Leg.EXIT, -3.0, 110.0),
     {"quantity": 7.0, "ordered": 0.0, "stop": 90.0, "target": 120.0, "part": 4.0, "earned": 30.0, "spent": 1000.0},
     30.0),
    ("some of a reduction: its rest waits", 10.0, {"ordered": -3.0}, done(Leg.EXIT, -1.0, 110.0),
     {"quantity": 9.0, "ordered": -2.0}, 10.0),
    ("some of a stop takes a reduction along", 10.0, {"ordered": -3.0}, done(Leg.STOP, -1.0, 90.0),
     {"quantity": 9.0, "ordered": -9.0}, -10.0),
    ("some of a target leaves it", 10.0, {"ordered": -3.0}, done(Leg.TARGET, -5.0, 120.0),
     {"quantity": 5.0, "ordered": -3.0}, 100.0),
    ("it is never more than is left", 10.0, {"ordered": -7.0}, done(Leg.PARTIAL, -4.0, 110.0),
     {"quantity": 6.0, "ordered": -6.0}, 40.0),
    ("nor of a short position", -10.0, {"ordered": 7.0}, done(Leg.TARGET, 6.0, 80.0),
     {"quantity": -4.0, "ordered": 4.0}, 120.0),
    ("a short position covered at a profit", -10.0, {}, done(Leg.TARGET, 10.0, 80.0, 1.0), {"quantity": 0.0}, 199.0),
    ("some of it at a loss", -10.0, {}, done(Leg.STOP, 4.0, 110.0, 1.0), {"quantity": -6.0, "ordered": 6.0}, -41.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "fields", "execution", "then", "realised"), [one[1:] for one in REDUCED], ids=[one[0] for one in REDUCED]
)
def test_what_reduces(held, fields, execution, then, realised):
    after, cash, told = booked(position(held, **(HELD | fields)), 0.0, execution, FREE)
    assert {name: getattr(after, name) for name in then} == then
    assert told.realised == pytest.approx(realised, rel=1e-12)
    assert cash == -execution.quantity * execution.price - execution.fee
    assert after.entries == 1.0


def test_what_is_closed_leaves_only_what_the_day_needs():
    before = position(10.0, **HELD, last=105.0, age=3.0, atr=2.0)
    after, _, _ = booked(before, 0.0, done(Leg.STOP, -10.0), FREE)
    assert after == position(last=105.0, regime=before.regime, entries=1.0)


def test_nothing_changes_nothing():
    before = position(10.0, **HELD)
    assert booked(before, 5.0, no_execution(), FREE) == (before, 5.0, no_execution())


def test_an_expired_entry_leaves_no_levels():
    after, cash, _ = booked(position(**WAITING, ordered=10.0, limit=99.0, entries=1.0), 5.0, expired(), FREE)
    assert (after, cash) == (position(regime=2.0, entries=1.0), 5.0)
