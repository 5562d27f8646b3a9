"""Scenarios at the same time, and those that contradict each other."""

from dataclasses import fields

import pytest

from models.scenarios import Scenario, Shock, Window, combined
from models.types import BadInput

WINDOW = Window(0, 100)


def part(name, window=None, calm_days=5.0, **shock):
    return Scenario(name, f"what happens in {name}", window, Shock(**shock), calm_days=calm_days)


CRASH = part("crash", moves=(("crypto", -0.35), ("all", -0.1)), gap=True)
WILD = part("wild", days=3.0, volatility=3.0, calm_days=9.0)
DEAR = part("dear", spread=10.0, liquidity=0.1)
HALTED = part("halted", days=2.0, halted=(("binance", 2.0),))
PAST = part("past", window=WINDOW)
ASIDE = part("aside", depeg=(("DAI", 0.1),))


def test_everything_at_once():
    depeg = part("depeg", depeg=(("USDT", 0.2),), funding_bps_per_day=30.0, correlation=0.0)
    found = combined("storm", "all of it", [CRASH, WILD, DEAR, HALTED, depeg])
    assert found == Scenario(
        "storm",
        "all of it",
        None,
        Shock(
            days=3.0,
            moves=(("crypto", -0.35), ("all", -0.1)),
            gap=True,
            volatility=3.0,
            correlation=0.0,
            spread=10.0,
            liquidity=0.1,
            halted=(("binance", 2.0),),
            funding_bps_per_day=30.0,
            depeg=(("USDT", 0.2),),
        ),
        ("crash", "wild", "dear", "halted", "depeg"),
        9.0,
    )
    default = Shock()
    assert [one.name for one in fields(Shock) if getattr(found.shock, one.name) == getattr(default, one.name)] == [
        "recovers"
    ]


def test_moves_of_other_assets_stand_in_the_order_of_the_parts():
    first = part("first", moves=(("BTC/USDT", -0.5), ("all", -0.1)), recovers=0.5)
    second = part("second", moves=(("ETH/USDT", -0.6), ("all", -0.1)), recovers=0.5)
    found = combined("both", "", [first, second]).shock
    assert found.moves == (("BTC/USDT", -0.5), ("all", -0.1), ("ETH/USDT", -0.6))
    assert found.recovers == 0.5
    assert combined("both", "", [second, first]).shock.moves[0] == ("ETH/USDT", -0.6)


def test_the_past_with_dearer_trading():
    found = combined("worse", "", [DEAR, PAST, HALTED])
    assert found.window == WINDOW
    assert found.shock == Shock(days=2.0, spread=10.0, liquidity=0.1, halted=(("binance", 2.0),))


def test_what_is_combined_can_be_combined_again():
    found = combined("all", "", [combined("two", "", [CRASH, DEAR]), WILD])
    assert found.parts == ("two", "wild")
    assert found.shock.spread == 10.0


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (part("a", volatility=2.0), part("b", volatility=3.0), "volatility is 2.0 in the first and 3.0"),
        (part("a", correlation=0.0), part("b", correlation=1.0), "correlation is 0.0 in the first and 1.0"),
        (part("a", spread=2.0), part("b", spread=3.0), "spread is 2.0"),
        (part("a", liquidity=0.1), part("b", liquidity=0.2), "liquidity is 0.1"),
        (part("a", funding_bps_per_day=1.0), part("b", funding_bps_per_day=2.0), "funding_bps_per_day is 1.0"),
        (part("a", moves=(("BTC/USDT", -0.1),)), part("b", moves=(("BTC/USDT", -0.2),)), "moves of 'BTC/USDT' is -0.1"),
        (part("a", moves=(("all", -0.1),)), part("b", moves=(("all", 0.0),)), "moves of 'all' is -0.1"),
        (part("a", moves=(("X", -0.1),), gap=True), part("b", moves=(("Y", -0.1),)), "gap is True in the first"),
        (part("a", moves=(("X", -0.1),)), part("b", moves=(("X", -0.1),), recovers=0.5), "recovers is 0.0 in the f"),
        (part("a", halted=(("v", 1.0),)), part("b", halted=(("v", 0.5),)), "halted of 'v' is 1.0"),
        (part("a", depeg=(("USDT", 0.1),)), part("b", depeg=(("USDT", 0.2),)), "depeg of 'USDT' is 0.1"),
        (part("a", WINDOW), part("b", WINDOW), "both have a window"),
        (part("a", WINDOW), part("b", moves=(("all", -0.1),)), "the first has a window and the second moves"),
        (part("a", WINDOW), part("b", volatility=2.0), "the first has a window and the second volatility"),
        (part("a", WINDOW), part("b", correlation=0.5), "the first has a window and the second correlation"),
    ],
)
def test_contradictions_name_both_parts_and_what_they_differ_in(first, second, said):
    for parts in ([first, second], [ASIDE, first, second]):
        with pytest.raises(BadInput) as error:
            combined("both", "", parts)
        assert f"'a' and 'b' cannot be combined to 'both': {said}" in str(error.value)


def test_a_window_after_the_part_that_contradicts_it():
    with pytest.raises(BadInput, match="'past' and 'wild' cannot be combined to 'both'"):
        combined("both", "", [WILD, PAST])


def test_the_same_set_by_both_is_no_contradiction():
    found = combined("both", "", [part("a", spread=2.0, moves=(("X", -0.1),)), part("b", spread=2.0)])
    assert found.shock == Shock(spread=2.0, moves=(("X", -0.1),))


@pytest.mark.parametrize(
    ("parts", "said"),
    [([], "combines 0 scenarios"), ([DEAR], "combines 1 scenarios"), ([DEAR, WILD, DEAR], "'dear' more than once")],
)
def test_two_different_parts_at_least(parts, said):
    with pytest.raises(BadInput, match=said):
        combined("both", "", parts)
