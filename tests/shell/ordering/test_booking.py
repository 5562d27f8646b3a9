"""Fills of a venue as the book's: in lots and quote currency, by bar, order and leg."""

from decimal import Decimal

import numpy as np
import pytest

from models.types import Leg
from models.types.timeframes import HOUR
from models.types.wire import OrderKind, Role, VenueTrade, WireOrder
from tasks.session.ordering.booking import Row, bar_of, given_fills

D = Decimal
TS = np.array([10, 11, 12], np.int64) * HOUR
ROW = Row(3, "swing", "BTC/USDT", "BTC", "USDT", D("0.001"), D("0.001"), held=0.0, ordered=1.0)
HELD = Row(3, "swing", "BTC/USDT", "BTC", "USDT", D("0.001"), D("0.001"), held=1.0, ordered=0.0)


def order(role: Role, parent: str = "d-0", reference: str = "100") -> WireOrder:
    return WireOrder(
        cid=f"{parent}-{role.value}", parent=parent, book="b", system="swing", venue="binance", symbol="BTC/USDT",
        role=role, kind=OrderKind.MARKET, is_buy=role.opens, quantity=D(1), limit=None, stop=None,
        reference=D(reference), decided_at=0, created_at=0,
    )  # fmt: skip


def trade(quantity: str, price: str, fee: str = "0", asset: str = "USDT", at: int = 10 * HOUR, buy: bool = True):
    return VenueTrade("binance", "BTC/USDT", "1", "x", "c", buy, D(quantity), D(price), D(fee), asset, at)


def filled(row: Row, *done):
    return [(one.t, one.leg, one.quantity, one.price, one.fee, one.slip) for one in given_fills(row, done, TS)]


def test_slices_of_one_order_in_one_bar_are_one_fill_at_their_mean():
    buys = order(Role.ENTRY)
    found = filled(ROW, (trade("0.25", "100"), buys), (trade("0.75", "104", "0.2"), buys))
    assert found == [(0, Leg.ENTRY, 1.0, 103.0, 0.2, 3.0)]


@pytest.mark.parametrize(
    ("quantity", "fee", "net", "cost"),
    [
        ("1", "0.001", 0.999, 0.1),  # a whole lot of fee
        ("1", "0.0004", 0.999, 0.1),  # a part of a lot cannot be sold: it is gone as well
        ("0.5", "0", 0.5, 0.0),
    ],
)
def test_a_fee_in_base_leaves_whole_lots_and_no_cash_is_invented(quantity, fee, net, cost):
    ((_, _, units, price, paid, _),) = filled(ROW, (trade(quantity, "100", fee, "BTC"), order(Role.ENTRY)))
    assert (units, paid) == (pytest.approx(net), pytest.approx(cost))
    assert units * price + paid == pytest.approx(float(quantity) * 100.0)


def test_a_fee_in_base_that_takes_all_is_an_order_that_is_over_and_has_cost_what_was_paid():
    found = filled(ROW, (trade("0.001", "100", "0.0005", "BTC"), order(Role.ENTRY)))
    assert found == [(0, Leg.EXPIRED, 0.0, 0.0, pytest.approx(0.1), 0.0)]


def test_a_fee_in_a_third_asset_is_valued_at_the_takers_rate():
    ((*_, fee, _),) = filled(ROW, (trade("1", "100", "0.0003", "BNB"), order(Role.ENTRY)))
    assert fee == pytest.approx(0.1)


def test_a_sale_keeps_its_units_and_slips_the_other_way():
    found = filled(HELD, (trade("0.4", "99", "0.04", buy=False), order(Role.STOP)))
    assert found == [(0, Leg.STOP, -0.4, 99.0, 0.04, pytest.approx(0.4))]


def test_what_comes_to_a_position_is_added():
    late = trade("0.5", "101", at=11 * HOUR + 5)
    found = filled(ROW, (trade("0.5", "100"), order(Role.ENTRY)), (late, order(Role.ENTRY)))
    assert [(t, leg) for t, leg, *_ in found] == [(0, Leg.ENTRY), (1, Leg.ADD)]
    assert [leg for _, leg, *_ in filled(HELD, (trade("0.5", "100"), order(Role.ENTRY)))] == [Leg.ADD]


def test_what_left_for_one_reason_in_one_bar_is_one_fill_though_other_things_happened_between():
    sold = [
        (trade("0.2", "100", buy=False), order(Role.EXIT, "d-1")),
        (trade("0.1", "90", buy=False), order(Role.STOP)),
        (trade("0.3", "100", buy=False), order(Role.FLATTEN)),
    ]
    assert [(leg, units) for _, leg, units, *_ in filled(HELD, *sold)] == [(Leg.EXIT, -0.5), (Leg.STOP, -0.1)]


@pytest.mark.parametrize(("at", "bar"), [(0, 0), (10, 0), (10.99, 0), (11, 1), (99, 2)])
def test_a_fill_belongs_to_the_bar_it_fell_into(at, bar):
    assert bar_of(round(at * HOUR), TS) == bar
