"""An entry goes to the venue where it is cheapest of those that answer."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import FakeVenue, Fault, fake_venue
from order_desks import PARENT, Bench, bench, mandate

from models.orders import PassedOver
from models.types import BadInput
from tasks.session.ordering.executing import execute
from tasks.session.ordering.routing import route


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def other(on: Bench) -> FakeVenue:
    return fake_venue(on.clock, name="other")


@pytest.fixture
def two(on: Bench, other: FakeVenue):
    return replace(on.desk, accounts={"fake": on.venue, "other": other})


def choose(desk, **changed):
    asked = {"parent": PARENT, "is_buy": True, "quantity": Decimal(1), "symbol": "BTC/USDT"} | changed
    return route(desk, **asked, venues=("fake", "other"))


def test_of_equals_the_first_is_chosen(two):
    found = choose(two)
    assert found.venue == "fake"
    assert found.passed == {"other": PassedOver.DEARER}
    assert found.prices["fake"] == Decimal("100.01") * Decimal("1.001")


def test_the_fee_counts(two, other):
    other.move("BTC/USDT", "99.99", "100.05")
    other.change("BTC/USDT", taker_fee=Decimal(0))
    assert choose(two).venue == "other"


def test_a_sale_goes_where_it_brings_most(two, other):
    other.move("BTC/USDT", "100.00", "100.02")
    assert choose(two, is_buy=False).venue == "other"


@pytest.mark.parametrize("call", ["quote", "balances", "rules"])
def test_a_venue_that_does_not_answer_is_passed_over(two, on, call):
    on.venue.fail(call, Fault.UNSAID)
    found = choose(two)
    assert (found.venue, found.passed["fake"]) == ("other", PassedOver.UNHEALTHY)


def test_a_venue_that_does_not_trade_the_symbol_is_passed_over(two, on):
    on.venue.change("BTC/USDT", is_trading=False)
    assert choose(two).passed["fake"] is PassedOver.UNHEALTHY
    assert choose(two, symbol="ETH/USDT").venue is None


def test_a_venue_with_too_little_is_passed_over(two, on):
    on.venue.wallet["USDT"] = Decimal(100)
    assert choose(two).passed["fake"] is PassedOver.TOO_LITTLE


def test_what_was_begun_goes_on_where_it_was(two, on, other):
    execute(two, mandate(venue="other"), other.rules("BTC/USDT"))
    other.move("BTC/USDT", "110", "111")
    assert choose(two).venue == "other"


def test_a_venue_without_an_account_is_an_error_of_ours(on):
    with pytest.raises(BadInput, match=r"execution\.venues"):
        choose(on.desk)
