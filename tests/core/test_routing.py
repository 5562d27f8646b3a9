"""Which models speak for what: the first rule that applies."""

from itertools import product

import numpy as np
import pytest

from models.risk.routing import Router, named, routes_per_bar, speakers
from models.types import BadInput, Regime
from models.types.routes import Rule
from models.types.speakers import MODELS

pytestmark = pytest.mark.risk

CRISIS = Rule("crisis", ("momentum",), regimes=(Regime.CRISIS,))
BITCOIN = Rule("bitcoin", ("lstm", "meta"), instruments=("BTC/USDT",), classes=("crypto",))
SLOW = Rule("slow", ("reversion",), classes=("crypto",), horizons=(96, 120))
CRYPTO = Rule("crypto", ("momentum", "xgboost"), classes=("crypto",))
STOCKS = Rule("stocks", ("xgboost",), classes=("stocks",))
RULES = (CRISIS, BITCOIN, SLOW, CRYPTO, STOCKS)

# symbol, class, horizon -> rules while volatile, trending, ranging, crisis
TABLE = [
    ("BTC/USDT", "crypto", 24, "bitcoin bitcoin bitcoin crisis"),
    ("BTC/USDT", "crypto", 96, "bitcoin bitcoin bitcoin crisis"),
    ("BTC/USDT", "stocks", 24, "stocks stocks stocks crisis"),
    ("ETH/USDT", "crypto", 24, "crypto crypto crypto crisis"),
    ("ETH/USDT", "crypto", 96, "slow slow slow crisis"),
    ("SPY", "stocks", 120, "stocks stocks stocks crisis"),
]


@pytest.mark.parametrize(("symbol", "asset_class", "horizon", "rules"), TABLE)
def test_the_first_rule_that_applies_wins(symbol, asset_class, horizon, rules):
    route = Router(RULES)[symbol, asset_class, horizon]
    assert [one.name for one in route.rules] == rules.split()
    assert [set(named(row)) for row in route.speaks] == [set(one.models) for one in route.rules]


def test_another_order_is_another_table():
    assert Router((CRYPTO, BITCOIN))["BTC/USDT", "crypto", 24].rules == (CRYPTO,) * 4


def test_a_route_is_worked_out_once():
    router = Router(RULES)
    assert router["SPY", "stocks", 24] is router["SPY", "stocks", 24]
    assert list(router) == [("SPY", "stocks", 24)]


def test_each_bar_has_the_route_of_its_regime():
    route = Router(RULES)["BTC/USDT", "crypto", 24]
    speaks = routes_per_bar(route, np.array([Regime.RANGING, Regime.CRISIS, Regime.RANGING], np.int64))
    assert speaks.dtype == bool
    assert [named(row) for row in speaks] == [("lstm", "meta"), ("momentum",), ("lstm", "meta")]
    assert routes_per_bar(route, np.empty(0, np.int64)).shape == (0, len(MODELS))


@pytest.mark.parametrize("code", [-1, 4])
def test_a_code_that_is_no_regime_is_refused(code):
    route = Router(RULES)["SPY", "stocks", 24]
    with pytest.raises(BadInput, match="allowed is 0 to 3"):
        routes_per_bar(route, np.array([0, code], np.int64))


def test_who_has_no_rule_is_told_for_what():
    with pytest.raises(
        BadInput, match=r"for GOLD \(metals\) over 24 bars while it is volatile; found the rules crisis, "
    ):
        _ = Router(RULES)["GOLD", "metals", 24]
    with pytest.raises(BadInput, match="while it is trending; found the rules calm"):
        _ = Router((Rule("calm", ("meta",), regimes=(Regime.VOLATILE,)),))["GOLD", "metals", 24]
    with pytest.raises(BadInput, match="found the rules none"):
        _ = Router(())["GOLD", "metals", 24]


def test_names_and_columns():
    assert named(speakers(("meta", "momentum"))) == ("momentum", "meta")
    assert named(speakers(MODELS)) == MODELS
    assert named(speakers(())) == ()
    with pytest.raises(BadInput, match="found the models oracle; those that can be routed are momentum, "):
        speakers(("momentum", "oracle"))


# What a rule may name, each field small enough to try everything.
FIELDS = (((), ("A",), ("A", "B")), ((), ("c",), ("d",)), ((), (24,)), ((), (Regime.CRISIS,), tuple(Regime)))
PLACES = list(product("ABC", "cd", (24, 96), Regime))


def test_a_rule_covers_another_where_it_applies_to_all_that_the_other_applies_to():
    rules = [Rule("", ("meta",), *fields) for fields in product(*FIELDS)]
    where = [{place for place in PLACES if rule.applies(*place)} for rule in rules]
    for rule, own in zip(rules, where, strict=True):
        for other, theirs in zip(rules, where, strict=True):
            assert rule.covers(other) == (theirs <= own)
