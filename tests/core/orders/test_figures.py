"""Slices, collars, slippage, and the figures of a mandate."""

from decimal import Decimal

import pytest
from order_desks import NOW, PARENT, order

from models.orders import ceiled, collared, floored, has_left, mandate_of, sliced, slippage_bps
from models.types import Bound, Intent, Reason, Regime
from models.types.wire import Quote, Role

D = Decimal


def quote(bid: str, ask: str) -> Quote:
    return Quote("fake", "BTC/USDT", D(bid), D(ask), NOW)


@pytest.mark.parametrize(
    ("quantity", "price", "most", "lot", "least", "expected"),
    [
        ("1", "100", "1000", "0.001", "10", ["1.000"]),
        ("10", "100", "1000", "0.001", "10", ["10.000"]),
        ("10.001", "100", "1000", "0.001", "10", ["5.001", "5.000"]),
        ("25", "100", "1000", "1", "10", ["9", "8", "8"]),
        ("3", "5000", "1000", "1", "10", ["1", "1", "1"]),
        ("1", "100", "20", "0.01", "30", ["0.34", "0.33", "0.33"]),
        ("0.05", "100", "1", "0.001", "10", ["0.050"]),
    ],
)
def test_slices(quantity, price, most, lot, least, expected):
    assert [str(one) for one in sliced(D(quantity), D(price), D(most), D(lot), D(least))] == expected


@pytest.mark.parametrize("quantity", ["0", "-1", "1.0005"])
def test_what_is_not_on_the_grid_is_not_sliced(quantity):
    with pytest.raises(ValueError, match="floor it"):
        sliced(D(quantity), D(100), D(1000), D("0.001"), D(10))


@pytest.mark.parametrize(
    ("is_buy", "reference", "bid", "ask", "expected"),
    [
        (True, "100", "99.9", "100.1", "101.0"),
        (True, "100", "98.9", "99.03", "100.0"),
        (True, None, "98.9", "99.03", "100.0"),
        (False, "100", "99.9", "100.1", "99.0"),
        (False, None, "50", "51", "49.5"),
        (False, "100", "101.77", "101.8", "100.8"),
    ],
)
def test_a_collar_is_never_farther_than_its_share_from_either(is_buy, reference, bid, ask, expected):
    reference = None if reference is None else D(reference)
    assert collared(is_buy, reference, quote(bid, ask), D("0.01"), D("0.1")) == D(expected)


def test_a_collar_without_a_quote_is_laid_around_the_reference():
    assert collared(False, D(100), None, D("0.01"), D("0.01")) == 99
    with pytest.raises(ValueError, match="neither"):
        collared(False, None, None, D("0.01"), D("0.01"))


@pytest.mark.parametrize(
    ("bid", "ask", "left"), [("99", "101", False), ("99", "101.01", True), ("98.9", "99", False), ("98", "98.9", True)]
)
def test_a_market_that_left_the_decision_either_way(bid, ask, left):
    assert has_left(True, D(100), quote(bid, ask), D("0.01")) is left


@pytest.mark.parametrize(
    ("is_buy", "filled", "value", "expected"),
    [(True, "2", "202", "100"), (True, "2", "199", "-50"), (False, "2", "199", "50"), (False, "2", "202", "-100")],
)
def test_slippage_is_positive_where_it_cost(is_buy, filled, value, expected):
    assert slippage_bps(order(is_buy=is_buy, quantity="2", filled=D(filled), value=D(value))) == D(expected)


@pytest.mark.parametrize(("filled", "value"), [("0", "0"), ("1", "0")])
def test_slippage_is_not_known_without_fill_or_value(filled, value):
    assert slippage_bps(order(filled=D(filled), value=D(value))) is None


def test_rounding_to_no_grid_changes_nothing():
    assert floored(D("1.23456"), D(0)) == ceiled(D("1.23456"), D(0)) == D("1.23456")


def intent(quantity: float, reason: Reason, limit: float | None = None) -> Intent:
    return Intent(0, "BTC/USDT", quantity, 0.1 + 0.2, reason, Bound.NONE, 0.0, Regime.CRISIS, limit, system="swing")


@pytest.mark.parametrize(
    ("reason", "role"),
    [
        (Reason.ENTER_EDGE, Role.ENTRY),
        (Reason.ENTER_WEIGHT, Role.ENTRY),
        (Reason.ADD_WEIGHT, Role.ADD),
        (Reason.EXIT_STOP, Role.EXIT),
        (Reason.REDUCE_RISK, Role.EXIT),
        (Reason.EXIT_FLATTEN, Role.EXIT),
    ],
)
def test_what_a_mandate_is_for(reason, role):
    assert mandate_of(intent(1.0, reason), PARENT, "live", "fake", NOW).role is role


def test_the_figures_of_a_mandate_are_those_of_the_journal():
    made = mandate_of(intent(-0.3, Reason.EXIT_EDGE, limit=0.07), PARENT, "live", "fake", NOW)
    assert (str(made.quantity), made.is_buy, str(made.limit)) == ("0.3", False, "0.07")
    assert str(made.reference) == "0.30000000000000004"
    assert (made.parent, made.book, made.system, made.venue, made.decided_at) == (PARENT, "live", "swing", "fake", NOW)
