"""What a shock, a window and a scenario may be, and what each refusal says."""

import math

import pytest

from models.scenarios import Scenario, Shock, Window, move_of
from models.types import BadInput

NAN, INF = math.nan, math.inf
WINDOW = Window(0, 1)
CRASH = (("all", -0.35),)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"days": 0.0}, "days is 0.0"),
        ({"days": -1.0}, "days is -1.0"),
        ({"days": NAN}, "days is nan"),
        ({"days": INF}, "days is inf"),
        ({"days": 3650.5}, "up to 3650"),
        ({"moves": (("BTC/USDT", -1.0),)}, "the move of 'BTC/USDT' is -1.0"),
        ({"moves": (("all", -1.5),)}, "the move of 'all' is -1.5"),
        ({"moves": (("all", NAN),)}, "the move of 'all' is nan"),
        ({"moves": (("all", INF),)}, "the move of 'all' is inf"),
        ({"moves": (("all", -0.1), ("crypto", -0.2), ("all", -0.1))}, "moves has 'all' 2 times"),
        ({"moves": ((" ", -0.1),)}, "without a name"),
        ({"gap": True}, "gap stands without moves"),
        ({"recovers": 0.5}, "recovers 0.5 stands without moves"),
        ({"recovers": -0.1, "moves": CRASH}, "recovers is -0.1"),
        ({"recovers": 1.1, "moves": CRASH}, "recovers is 1.1"),
        ({"recovers": NAN, "moves": CRASH}, "recovers is nan"),
        ({"recovers": 0.5, "gap": True, "moves": CRASH}, "contradict"),
        ({"volatility": -0.1}, "volatility is -0.1"),
        ({"volatility": NAN}, "volatility is nan"),
        ({"volatility": INF}, "volatility is inf"),
        ({"correlation": -0.01}, "correlation is -0.01"),
        ({"correlation": 1.01}, "correlation is 1.01"),
        ({"correlation": NAN}, "correlation is nan"),
        ({"spread": 1e-10}, "spread is 1e-10"),
        ({"spread": NAN}, "spread is nan"),
        ({"spread": INF}, "spread is inf"),
        ({"liquidity": 0.0}, "liquidity is 0.0"),
        ({"liquidity": -1.0}, "liquidity is -1.0"),
        ({"liquidity": INF}, "liquidity is inf"),
        ({"halted": (("binance", 1.5),)}, "the halt of 'binance' is 1.5"),
        ({"halted": (("binance", 0.0),)}, "the halt of 'binance' is 0.0"),
        ({"halted": (("binance", NAN),)}, "the halt of 'binance' is nan"),
        ({"halted": (("binance", 0.5), ("binance", 0.25))}, "halted has 'binance' 2 times"),
        ({"funding_bps_per_day": -1.0}, "funding_bps_per_day is -1.0"),
        ({"funding_bps_per_day": NAN}, "funding_bps_per_day is nan"),
        ({"depeg": (("USDT", 1.0),)}, "the depeg of 'USDT' is 1.0"),
        ({"depeg": (("USDT", -0.1),)}, "the depeg of 'USDT' is -0.1"),
        ({"depeg": (("USDT", NAN),)}, "the depeg of 'USDT' is nan"),
        ({"depeg": (("USDT", 0.1), ("USDT", 0.1))}, "depeg has 'USDT' 2 times"),
    ],
)
def test_a_shock_that_cannot_be_says_what_was_found(figures, said):
    with pytest.raises(BadInput) as error:
        Shock(**figures)
    assert said in str(error.value)
    assert any(word in str(error.value) for word in ("correct", "keep", "give"))


@pytest.mark.parametrize(
    "figures",
    [
        {"days": 3650.0},
        {"moves": (("all", -0.999),)},
        {"moves": (("BTC/USDT", 0.0), ("all", 3.0)), "gap": True},
        {"moves": CRASH, "recovers": 1.0},
        {"volatility": 0.0},
        {"correlation": 0.0},
        {"correlation": 1.0},
        {"spread": 1e-9},
        {"liquidity": 0.1},
        {"halted": (("binance", 1.0),)},
        {"depeg": (("USDT", 0.0), ("USDC", 0.99))},
    ],
)
def test_the_edges_of_what_is_allowed(figures):
    shock = Shock(**figures)
    assert {field: getattr(shock, field) for field in figures} == figures


@pytest.mark.parametrize(
    ("symbol", "asset_class", "move"),
    [("BTC/USDT", "crypto", -0.5), ("ETH/USDT", "crypto", -0.4), ("SPY", "stocks", -0.1), ("all", "stocks", -0.1)],
)
def test_the_more_exact_name_wins_wherever_it_stands(symbol, asset_class, move):
    named = (("all", -0.1), ("BTC/USDT", -0.5), ("crypto", -0.4))
    assert move_of(Shock(moves=named), symbol, asset_class) == move
    assert move_of(Shock(moves=named[::-1]), symbol, asset_class) == move


def test_what_nothing_names_does_not_move():
    assert move_of(Shock(moves=(("crypto", -0.4),)), "SPY", "stocks") == 0.0
    assert move_of(Shock(), "SPY", "stocks") == 0.0


@pytest.mark.parametrize(("begin", "end"), [(5, 5), (5, 4)])
def test_a_window_has_a_length(begin, end):
    with pytest.raises(BadInput, match="no length"):
        Window(begin, end)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"name": " "}, "no name"),
        ({}, "nothing happens in 'a'"),
        ({"shock": Shock(days=7.0)}, "nothing happens in 'a'"),
        ({"shock": Shock(volatility=2.0), "calm_days": -1.0}, "calm_days of 'a' is -1.0"),
        ({"shock": Shock(volatility=2.0), "calm_days": NAN}, "calm_days of 'a' is nan"),
        ({"shock": Shock(volatility=2.0), "calm_days": 3651.0}, "calm_days of 'a' is 3651.0"),
        ({"window": WINDOW, "shock": Shock(moves=CRASH)}, "window and moves"),
        ({"window": WINDOW, "shock": Shock(volatility=2.0)}, "window and volatility"),
        ({"window": WINDOW, "shock": Shock(correlation=0.0)}, "window and correlation"),
    ],
)
def test_a_scenario_that_cannot_be(figures, said):
    with pytest.raises(BadInput) as error:
        Scenario(**{"name": "a", "text": "what happens", **figures})
    assert said in str(error.value)


@pytest.mark.parametrize(
    "shock",
    [
        Shock(),
        Shock(spread=10.0),
        Shock(liquidity=0.1),
        Shock(days=2.0, halted=(("binance", 2.0),)),
        Shock(funding_bps_per_day=30.0),
        Shock(depeg=(("USDT", 0.2),)),
    ],
)
def test_the_past_may_be_dearer_thinner_halted_and_financed_otherwise(shock):
    assert Scenario("a", "", WINDOW, shock).shock is shock


@pytest.mark.parametrize(
    "shock",
    [
        Shock(moves=(("all", 0.0),)),
        Shock(volatility=0.0),
        Shock(correlation=0.0),
        Shock(spread=2.0),
        Shock(liquidity=2.0),
        Shock(days=3.0, halted=(("binance", 2.0),)),
        Shock(funding_bps_per_day=1.0),
        Shock(depeg=(("USDT", 0.1),)),
    ],
)
def test_any_one_thing_is_a_scenario(shock):
    assert Scenario("a", "", None, shock).window is None
