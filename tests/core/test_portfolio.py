"""Booking, worked out by hand."""

import math

import pytest

from models.portfolio import Position, apply_fill, carry_cost, flat, split_shares, with_order

NAN = math.nan

# cash, quantity, cost, fill, price, fee -> cash, quantity, cost, realised
FILLS = [
    ("a first buy", (1000.0, 0.0, 0.0), (2.0, 100.0, 0.5), (799.5, 2.0, 200.5, 0.0)),
    ("a second buy", (799.5, 2.0, 200.5), (1.0, 130.0, 0.25), (669.25, 3.0, 330.75, 0.0)),
    ("all of it sold with a profit", (799.5, 2.0, 200.5), (-2.0, 110.0, 0.5), (1019.0, 0.0, 0.0, 19.0)),
    ("all of it sold at the price paid", (799.5, 2.0, 200.5), (-2.0, 100.0, 0.5), (999.0, 0.0, 0.0, -1.0)),
    ("a quarter of it sold", (0.0, 4.0, 400.0), (-1.0, 90.0, 1.0), (89.0, 3.0, 300.0, -11.0)),
    ("a short sale", (1000.0, 0.0, 0.0), (-2.0, 100.0, 0.5), (1199.5, -2.0, -199.5, 0.0)),
    ("another", (1199.5, -2.0, -199.5), (-1.0, 130.0, 0.25), (1329.25, -3.0, -329.25, 0.0)),
    ("covered with a profit", (1199.5, -2.0, -199.5), (2.0, 90.0, 0.5), (1019.0, 0.0, 0.0, 19.0)),
    ("covered at the price sold", (1199.5, -2.0, -199.5), (2.0, 100.0, 0.5), (999.0, 0.0, 0.0, -1.0)),
    ("half of it covered at a loss", (1199.5, -2.0, -199.5), (1.0, 120.0, 0.25), (1079.25, -1.0, -99.75, -20.5)),
    ("lots without dust", (0.0, 0.3, 30.0), (-0.1, 100.0, 0.0), (10.0, 0.2, 20.0, 0.0)),
    ("lots without dust, short", (0.0, -0.3, -30.0), (0.2, 100.0, 0.0), (-20.0, -0.1, -10.0, 0.0)),
    ("a rebate", (1000.0, 0.0, 0.0), (2.0, 100.0, -0.5), (800.5, 2.0, 199.5, 0.0)),
]


@pytest.mark.parametrize(("before", "fill", "after"), [one[1:] for one in FILLS], ids=[one[0] for one in FILLS])
def test_apply_fill(before, fill, after):
    found = apply_fill(*before, *fill, 0.1)
    assert found == pytest.approx(after, rel=1e-14, abs=1e-14)
    assert found[1] == after[1]
    # What went out is in what is held, or came back as profit.
    assert found[0] + found[2] - found[3] == pytest.approx(before[0] + before[2], rel=1e-14)


def test_a_closed_position_leaves_no_dust():
    _, quantity, cost, _ = apply_fill(0.0, 0.1 + 0.2, 0.1 + 0.2, -0.3, 1.0, 0.0, 0.1)
    assert (quantity, cost) == (0.0, 0.0)


# quantity, cost, last close, new units for an old one, lot -> quantity, cost, cash in lieu
SPLITS = [
    ("two for one", (10.0, 900.0, 100.0), 2.0, 1.0, (20.0, 900.0, 0.0)),
    ("one for two", (10.0, 900.0, 100.0), 0.5, 1.0, (5.0, 900.0, 0.0)),
    ("three for two of three: half a unit at 66.67", (3.0, 270.0, 100.0), 1.5, 1.0, (4.0, 240.0, 100.0 / 3)),
    ("short: it pays for the half", (-3.0, -270.0, 100.0), 1.5, 1.0, (-4.0, -240.0, -100.0 / 3)),
    ("one for ten of nine: all of it is paid out", (9.0, 900.0, 110.0), 0.1, 1.0, (0.0, 0.0, 990.0)),
    ("short", (-9.0, -900.0, 110.0), 0.1, 1.0, (0.0, 0.0, -990.0)),
    ("a third of a third", (0.3, 30.0, 100.0), 3.0, 0.1, (0.9, 30.0, 0.0)),
    ("tenths of tenths are whole lots", (0.3, 30.0, 100.0), 0.1, 0.01, (0.03, 30.0, 0.0)),
    ("one for three, in tenths", (1.0, 90.0, 100.0), 1.0 / 3.0, 0.1, (0.3, 81.0, 10.0)),
]


@pytest.mark.parametrize(("held", "ratio", "lot", "after"), [one[1:] for one in SPLITS], ids=[one[0] for one in SPLITS])
def test_split_shares(held, ratio, lot, after):
    found = split_shares(*held, ratio, lot)
    assert found == pytest.approx(after, rel=1e-12, abs=1e-12)
    assert found[0] == after[0]
    # The split itself is worth nothing.
    quantity, _, last = held
    assert found[0] * last / ratio + found[2] == pytest.approx(quantity * last, rel=1e-12)


# Five units at 200, over so many midnights, 1 % a day long and 2 % short
CARRIES = [(5.0, 1.0, 10.0), (5.0, 3.0, 30.0), (-5.0, 1.0, 20.0), (-5.0, 3.0, 60.0), (5.0, 0.0, 0.0), (0.0, 1.0, 0.0)]


@pytest.mark.parametrize(("quantity", "days", "cost"), CARRIES)
def test_carry_cost(quantity, days, cost):
    assert carry_cost(quantity, 200.0, days, 0.01, 0.02) == pytest.approx(cost)
    assert carry_cost(quantity, 200.0, days, -0.01, -0.02) == pytest.approx(-cost)


def test_flat_is_nothing_but_what_the_day_needs():
    before = Position(*[float(k + 1) for k in range(len(Position._fields))])
    stays = {name: getattr(before, name) for name in ("regime", "owner", "entries", "charge", "mandate")}
    assert flat(before, 101.0) == Position(*[0.0] * len(Position._fields))._replace(last=101.0, **stays)


def test_an_order_takes_the_place_of_the_one_before_and_of_its_limit():
    before = Position(*[float(k + 1) for k in range(len(Position._fields))])
    assert with_order(before, -5.0, 7.0) == before._replace(ordered=-5.0, limit=0.0, stop=7.0)
