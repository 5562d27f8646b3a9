"""Prices that a taker gets, how much of a volume, and when a resting order is filled."""

import math

import pytest
from plain_figures import FREE

from models.execution import Bar, is_usable
from models.execution.market import available, is_through, slip_rate, taker_price

NAN, INF = math.nan, math.inf

BARS = [
    ("in order", (10.0, 12.0, 9.0, 11.0, 5.0), True),
    ("all prices one", (10.0, 10.0, 10.0, 10.0, 0.0), True),
    ("volume not known", (10.0, 12.0, 9.0, 11.0, NAN), True),
    ("prices of almost nothing", (1e-8, 2e-8, 1e-8, 1e-8, 1.0), True),
    ("no open", (NAN, 12.0, 9.0, 11.0, 5.0), False),
    ("no high", (10.0, NAN, 9.0, 11.0, 5.0), False),
    ("no low", (10.0, 12.0, NAN, 11.0, 5.0), False),
    ("no close", (10.0, 12.0, 9.0, NAN, 5.0), False),
    ("no end to the high", (10.0, INF, 9.0, 11.0, 5.0), False),
    ("a low of nothing", (10.0, 12.0, 0.0, 11.0, 5.0), False),
    ("a low below nothing", (10.0, 12.0, -1.0, 11.0, 5.0), False),
    ("all of it below nothing", (-10.0, -9.0, -12.0, -11.0, 5.0), False),
    ("high and low exchanged", (10.0, 9.0, 12.0, 11.0, 5.0), False),
    ("open above the high", (12.5, 12.0, 9.0, 11.0, 5.0), False),
    ("open below the low", (8.5, 12.0, 9.0, 11.0, 5.0), False),
    ("close above the high", (10.0, 12.0, 9.0, 12.5, 5.0), False),
    ("close below the low", (10.0, 12.0, 9.0, 8.5, 5.0), False),
]


@pytest.mark.parametrize(("bar", "usable"), [one[1:] for one in BARS], ids=[one[0] for one in BARS])
def test_is_usable(bar, usable):
    assert is_usable(Bar(*bar)) is usable


AVAILABLE = [
    ("all of it", 5.0, {}, 5.0),
    ("a tenth, whole lots", 57.0, {"volume_share": 0.1}, 5.7),
    ("a tenth, below it", 57.9, {"volume_share": 0.1}, 5.7),
    ("less than a lot", 0.9, {"volume_share": 0.1}, 0.0),
    ("nothing traded", 0.0, {}, 0.0),
    ("not known", NAN, {"volume_share": 0.1}, INF),
    ("whole units", 57.0, {"volume_share": 0.5, "lot": 10.0}, 20.0),
    ("a huge volume in tiny lots", 1e9, {"lot": 1e-8}, 1e9),
    ("more lots than an integer counts", 1e12, {"lot": 1e-8}, 1e12),
]


@pytest.mark.parametrize(("volume", "changes", "units"), [one[1:] for one in AVAILABLE], ids=[o[0] for o in AVAILABLE])
def test_available(volume, changes, units):
    assert available(volume, FREE._replace(**changes)) == units


# quantity, volume -> fraction; half a spread of 0.001, a whole volume would move the price by 0.1
SLIPS = [
    ("a quarter of the volume", 25.0, 100.0, {}, 0.001 + 0.1 * 0.5),
    ("a sale of a quarter", -25.0, 100.0, {}, 0.001 + 0.1 * 0.5),
    ("a hundredth", 1.0, 100.0, {}, 0.001 + 0.1 * 0.1),
    ("all of it", 100.0, 100.0, {}, 0.101),
    ("more than there is gets what there is", 900.0, 100.0, {}, 0.101),
    ("more than its share gets its share", 100.0, 100.0, {"volume_share": 0.25}, 0.001 + 0.1 * 0.5),
    ("volume not known: its share", 1.0, NAN, {"volume_share": 0.25}, 0.001 + 0.1 * 0.5),
    ("no impact", 25.0, 100.0, {"impact": 0.0}, 0.001),
    ("no impact and no volume", 25.0, 0.0, {"impact": 0.0}, 0.001),
]


@pytest.mark.parametrize(("quantity", "volume", "changes", "rate"), [o[1:] for o in SLIPS], ids=[o[0] for o in SLIPS])
def test_slip_rate(quantity, volume, changes, rate):
    found = slip_rate(quantity, volume, FREE._replace(**({"half_spread": 0.001, "impact": 0.1} | changes)))
    assert found == pytest.approx(rate, rel=1e-15)


# quantity, reference, half spread, tick -> price
TAKERS = [
    ("a buy slips up", 2.0, 100.0, 0.0005, 0.01, 100.05),
    ("and on to the next tick", 2.0, 100.0, 0.0005, 0.1, 100.1),
    ("a sale slips down", -2.0, 100.0, 0.0005, 0.01, 99.95),
    ("and down to the tick", -2.0, 100.0, 0.0005, 0.1, 99.9),
    ("a price on the grid stays", 2.0, 100.05, 0.0, 0.01, 100.05),
    ("and for a sale", -2.0, 100.05, 0.0, 0.01, 100.05),
    ("one off the grid does not", 2.0, 100.051, 0.0, 0.01, 100.06),
    ("nor for a sale", -2.0, 100.059, 0.0, 0.01, 100.05),
    ("a tick wider than the price: a buy", 2.0, 0.004, 0.0, 0.01, 0.01),
    ("a sale is off the grid: a tick would be more than the market pays", -2.0, 0.004, 0.0, 0.01, 0.004),
    ("coins of almost nothing", 1e9, 3e-8, 0.01, 1e-8, 4e-8),
    ("sold", -1e9, 3e-8, 0.01, 1e-8, 2e-8),
    ("coins worth a fortune", 1e-8, 1.2345678e7, 0.001, 0.01, 12358023.68),  # 12345678 * 1.001 = 12358023.678
    ("a spread of more than all of it", -1.0, 100.0, 1.5, 0.01, 0.0),
]


@pytest.mark.parametrize(
    ("quantity", "reference", "spread", "tick", "price"), [one[1:] for one in TAKERS], ids=[one[0] for one in TAKERS]
)
def test_taker_price(quantity, reference, spread, tick, price):
    assert taker_price(quantity, reference, NAN, FREE._replace(half_spread=spread, tick=tick)) == price


# price, extreme of the bar, side, ticks to go through -> filled
THROUGH = [
    ("a buy that was not reached", 100.0, 100.01, 1.0, 0.0, False),
    ("a touch is enough", 100.0, 100.0, 1.0, 0.0, True),
    ("passed", 100.0, 99.99, 1.0, 0.0, True),
    ("a touch is not enough", 100.0, 100.0, 1.0, 1.0, False),
    ("half a tick is not", 100.0, 99.995, 1.0, 1.0, False),
    ("one tick is", 100.0, 99.99, 1.0, 1.0, True),
    ("two of three", 100.0, 99.98, 1.0, 3.0, False),
    ("three of three", 100.0, 99.97, 1.0, 3.0, True),
    ("a sale that was not reached", 100.0, 99.99, -1.0, 0.0, False),
    ("a touch of a sale", 100.0, 100.0, -1.0, 0.0, True),
    ("a touch of a sale that is not enough", 100.0, 100.0, -1.0, 1.0, False),
    ("a sale, one tick", 100.0, 100.01, -1.0, 1.0, True),
    ("below the smallest price nobody goes", 0.02, 0.01, 1.0, 2.0, False),
]


@pytest.mark.parametrize(
    ("price", "extreme", "side", "ticks", "filled"), [one[1:] for one in THROUGH], ids=[one[0] for one in THROUGH]
)
def test_is_through(price, extreme, side, ticks, filled):
    assert is_through(price, extreme, side, FREE._replace(through=ticks)) is filled
