"""The venue of an order."""

from decimal import Decimal

import pytest
from order_desks import NOW

from models.orders import Candidate, PassedOver, cheapest
from models.types.wire import Quote

D = Decimal


def venue(name: str, bid: str = "99", ask: str = "101", fee: str = "0.001", healthy: bool = True, free: str = "1000"):
    return Candidate(name, Quote(name, "BTC/USDT", D(bid), D(ask), NOW), D(fee), healthy, D(free))


@pytest.mark.parametrize(
    ("is_buy", "candidates", "expected"),
    [
        (True, [venue("a"), venue("b", ask="100")], "b"),
        (True, [venue("a"), venue("b", ask="100.9", fee="0.01")], "a"),
        (True, [venue("a"), venue("b")], "a"),
        (False, [venue("a"), venue("b", bid="99.1")], "b"),
        (False, [venue("a"), venue("b", bid="99.1", fee="0.01")], "a"),
        (True, [venue("a", healthy=False), venue("b", ask="200")], "b"),
        (True, [venue("a", free="101"), venue("b", ask="200")], "b"),
        (False, [venue("a", free="0.9"), venue("b", bid="50")], "b"),
        (True, [venue("a", bid="102"), venue("b", ask="200")], "b"),
        (True, [venue("a", ask="NaN"), venue("b", ask="200")], "b"),
        (True, [venue("a", bid="0"), venue("b", ask="200")], "b"),
        (True, [], None),
        (True, [venue("a", healthy=False)], None),
    ],
)
def test_the_cheapest_of_those_that_can_take_it(is_buy, candidates, expected):
    assert cheapest(is_buy, D(1), candidates).venue == expected


def test_every_other_venue_has_its_reason():
    bare = Candidate("d", None, D(0), True, D(1000))
    found = cheapest(
        True, D(1), [venue("a"), venue("b", healthy=False), venue("c", free="1"), bare, venue("e", ask="99.5")]
    )
    assert found.venue == "e"
    assert found.passed == {
        "a": PassedOver.DEARER,
        "b": PassedOver.UNHEALTHY,
        "c": PassedOver.TOO_LITTLE,
        "d": PassedOver.NO_QUOTE,
    }
