"""Waiting orders in, executions out, one row each."""

import math

import pytest
from plain_figures import FREE, position

from models.execution import Bar
from models.execution.executions import executed
from models.execution.orders import affordable, at_the_open, during_the_bar
from models.types import Leg

RICH = 1e9
COSTS = {"taker_fee": 0.001, "maker_fee": 0.0005, "half_spread": 0.0005}
NOTHING, EXPIRED = (Leg.NONE, 0.0, 0.0, 0.0, 0.0), (Leg.EXPIRED, 0.0, 0.0, 0.0, 0.0)


def bar(opens=100.0, high=102.0, low=98.0, volume=math.nan):
    return Bar(opens, high, low, min(max(100.0, low), high), volume)


# What waits, free equity, bar, instrument -> leg, quantity, price, fee, slip
AT_OPEN = [
    ("a buy pays spread and fee", {"ordered": 2.0}, RICH, bar(), COSTS, (1, 2.0, 100.05, 0.2001, 0.1)),
    ("a short sale too", {"ordered": -2.0}, RICH, bar(), COSTS, (1, -2.0, 99.95, 0.1999, 0.1)),
    ("an exit too", {"quantity": 2.0, "ordered": -2.0}, 0.0, bar(), COSTS, (2, -2.0, 99.95, 0.1999, 0.1)),
    ("a cover too, in debt", {"quantity": -2.0, "ordered": 2.0}, -9.0, bar(), COSTS, (2, 2.0, 100.05, 0.2001, 0.1)),
    ("an addition too", {"quantity": 2.0, "ordered": 2.0}, RICH, bar(), COSTS, (8, 2.0, 100.05, 0.2001, 0.1)),
    ("to a short position", {"quantity": -2.0, "ordered": -2.0}, RICH, bar(), COSTS, (8, -2.0, 99.95, 0.1999, 0.1)),
    ("some of the position", {"quantity": 2.0, "ordered": -0.5}, 0.0, bar(), COSTS, (2, -0.5, 99.95, 0.049975, 0.025)),
    ("an addition that nothing pays for", {"quantity": 2.0, "ordered": 2.0}, 9.9, bar(), {}, EXPIRED),
    ("one below the smallest order", {"quantity": 2.0, "ordered": 2.0}, RICH, bar(), {"min_notional": 201.0}, EXPIRED),
    ("the position's own margin is its own", {"quantity": 2.0, "ordered": 2.0}, -140.0, bar(), {"margin": 0.1},
     (8, 2.0, 100.0, 0.0, 0.0)),
    ("half of it by volume", {"ordered": 2.0}, RICH, bar(volume=1.0), {}, (1, 1.0, 100.0, 0.0, 0.0)),
    ("a tenth of the volume", {"ordered": 2.0}, RICH, bar(volume=15.0), {"volume_share": 0.1}, (1, 1.5, 100.0, 0, 0)),
    ("an entry of less than a lot", {"ordered": 2.0}, RICH, bar(volume=0.09), {}, EXPIRED),
    ("an exit of less than a lot waits", {"quantity": 2.0, "ordered": -2.0}, RICH, bar(volume=0.09), {}, NOTHING),
    ("an exit gets what there is", {"quantity": 2.0, "ordered": -2.0}, RICH, bar(volume=0.59), {},
     (2, -0.5, 100.0, 0.0, 0.0)),
    ("equity for exactly the order", {"ordered": 2.0}, 200.2, bar(), {"taker_fee": 0.001}, (1, 2.0, 100.0, 0.2, 0.0)),
    ("equity for a lot less", {"ordered": 2.0}, 200.19, bar(), {"taker_fee": 0.001}, (1, 1.9, 100.0, 0.19, 0.0)),
    ("on margin", {"ordered": 2.0}, 20.2, bar(), {"taker_fee": 0.001, "margin": 0.1}, (1, 2.0, 100.0, 0.2, 0.0)),
    ("equity for less than a lot", {"ordered": 2.0}, 9.9, bar(), {}, EXPIRED),
    ("no equity", {"ordered": 2.0}, 0.0, bar(), {}, EXPIRED),
    ("debt", {"ordered": 2.0}, -300.0, bar(), {}, EXPIRED),
    ("the volume leaves too small an order", {"ordered": 2.0}, RICH, bar(volume=0.4), {"min_notional": 50.0}, EXPIRED),
    ("or just enough", {"ordered": 2.0}, RICH, bar(volume=0.5), {"min_notional": 50.0}, (1, 0.5, 100.0, 0.0, 0.0)),
    ("an exit asks for no least value", {"quantity": 2.0, "ordered": -2.0}, 0.0, bar(volume=0.4),
     {"min_notional": 50.0}, (2, -0.4, 100.0, 0.0, 0.0)),
    ("a limit below the open rests", {"ordered": 2.0, "limit": 99.0}, RICH, bar(), COSTS, NOTHING),
    ("a limit at the open is marketable, and never passed", {"ordered": 2.0, "limit": 100.0}, RICH, bar(), COSTS,
     (1, 2.0, 100.0, 0.2, 0.0)),
    ("a limit inside the spread caps it", {"ordered": 2.0, "limit": 100.03}, RICH, bar(), COSTS,
     (1, 2.0, 100.03, 0.20006, 0.06)),
    ("a limit far above it does not", {"ordered": 2.0, "limit": 101.0}, RICH, bar(), COSTS,
     (1, 2.0, 100.05, 0.2001, 0.1)),
    ("a short limit above the open rests", {"ordered": -2.0, "limit": 101.0}, RICH, bar(), COSTS, NOTHING),
    ("a short limit inside the spread", {"ordered": -2.0, "limit": 99.97}, RICH, bar(), COSTS,
     (1, -2.0, 99.97, 0.19994, 0.06)),
    ("the fee is taken out of what was bought", {"ordered": 2.0}, RICH, bar(), {"taker_fee": 0.1, "fee_in_base": 1.0},
     (1, 1.8, 100.0, 20.0, 0.0)),
    ("and all of a lot", {"ordered": 0.1}, RICH, bar(), {"taker_fee": 0.1, "fee_in_base": 1.0}, EXPIRED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("waiting", "free", "at", "changes", "execution"), [one[1:] for one in AT_OPEN], ids=[one[0] for one in AT_OPEN]
)
def test_at_the_open(waiting, free, at, changes, execution):
    found = at_the_open(position(**waiting), free, at, FREE._replace(**changes))
    assert found[:5] == pytest.approx(execution, rel=1e-12, abs=1e-12)
    assert found.realised == 0.0


IN_BAR = [
    ("a touch, as a maker", {"ordered": 2.0, "limit": 99.0}, RICH, bar(low=99.0), COSTS, (1, 2.0, 99.0, 0.099, 0.0)),
    ("not reached", {"ordered": 2.0, "limit": 99.0}, RICH, bar(low=99.01), COSTS, EXPIRED),
    ("passed by far, still the limit", {"ordered": 2.0, "limit": 99.0}, RICH, bar(low=90.0), {}, (1, 2.0, 99.0, 0, 0)),
    ("touched but not passed", {"ordered": 2.0, "limit": 99.0}, RICH, bar(low=99.0), {"through": 1.0}, EXPIRED),
    ("passed by a tick", {"ordered": 2.0, "limit": 99.0}, RICH, bar(low=98.99), {"through": 1.0}, (1, 2.0, 99.0, 0, 0)),
    ("a short sale", {"ordered": -2.0, "limit": 101.0}, RICH, bar(high=101.0), COSTS, (1, -2.0, 101.0, 0.101, 0.0)),
    ("a short sale not reached", {"ordered": -2.0, "limit": 101.0}, RICH, bar(high=100.9), COSTS, EXPIRED),
    ("part of the volume", {"ordered": 2.0, "limit": 99.0}, RICH, bar(volume=0.79), {}, (1, 0.7, 99.0, 0.0, 0.0)),
    ("no lot of it", {"ordered": 2.0, "limit": 99.0}, RICH, bar(volume=0.09), {}, EXPIRED),
    ("what equity pays for", {"ordered": 2.0, "limit": 99.0}, 99.0, bar(), {}, (1, 1.0, 99.0, 0.0, 0.0)),
    ("the maker's fee is in it", {"ordered": 2.0, "limit": 99.0}, 99.0, bar(), COSTS, (1, 0.9, 99.0, 0.04455, 0.0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("waiting", "free", "at", "changes", "execution"), [one[1:] for one in IN_BAR], ids=[one[0] for one in IN_BAR]
)
def test_during_the_bar(waiting, free, at, changes, execution):
    found = during_the_bar(position(**waiting), free, at, FREE._replace(**changes))
    assert found[:5] == pytest.approx(execution, rel=1e-12, abs=1e-12)


AFFORDABLE = [
    (1000.0, 100.0, 0.0, 1.0, 10.0),
    (1000.0, 100.0, 0.001, 1.0, 9.9),  # 9.99
    (1000.0, 100.0, 0.0, 0.1, 100.0),
    (1000.0, 100.0, 0.1, 0.1, 50.0),
    (9.99, 100.0, 0.0, 1.0, 0.0),
    (0.0, 100.0, 0.0, 1.0, 0.0),
    (-5.0, 100.0, 0.0, 0.1, 0.0),
]


@pytest.mark.parametrize(("free", "price", "fee", "margin", "units"), AFFORDABLE)
def test_affordable(free, price, fee, margin, units):
    assert affordable(free, price, fee, FREE._replace(margin=margin)) == units


# quantity, price, reference, fee rate -> leg, quantity, price, fee, slip; the fee of a buy is taken in base units
IN_BASE = [
    ("a buy", (2.0, 100.0, 100.0, 0.05), (1, 1.9, 100.0, 10.0, 0.0)),
    ("what is left of a lot is fee too", (2.0, 100.0, 99.0, 0.01), (1, 1.9, 100.0, 10.0, 2.0)),
    ("without a fee all of it is left", (2.0, 100.0, 100.0, 0.0), (1, 2.0, 100.0, 0.0, 0.0)),
    ("a sale pays in quote currency", (-2.0, 100.0, 101.0, 0.01), (1, -2.0, 100.0, 2.0, 2.0)),
    ("nothing is left of a lot", (0.1, 100.0, 100.0, 0.001), EXPIRED),
]


@pytest.mark.parametrize(("order", "execution"), [one[1:] for one in IN_BASE], ids=[one[0] for one in IN_BASE])
def test_a_fee_in_base_units(order, execution):
    found = executed(int(Leg.ENTRY), *order, FREE._replace(fee_in_base=1.0))
    assert found[:5] == pytest.approx(execution, rel=1e-12)


@pytest.mark.parametrize("leg", [Leg.EXIT, Leg.STOP, Leg.TARGET, Leg.PARTIAL, Leg.LIQUIDATION])
def test_a_short_position_is_bought_back_whole(leg):
    """Or a cover of one lot would be none, and a larger one would leave something open."""
    found = executed(int(leg), 0.1, 100.0, 100.0, 0.001, FREE._replace(fee_in_base=1.0))
    assert found[:4] == pytest.approx((int(leg), 0.1, 100.0, 0.01), rel=1e-12)
