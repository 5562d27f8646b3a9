"""Which limit wins over all layers, what names it, and what a change loosens."""

import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from conf import Loaded, load
from conf.home import PROJECT
from conf.limits import account_limits, held_limits, limits_of, loosened
from conf.limits.systems import SYMBOL_PART, SYSTEM_PART
from models.types import BadInput
from models.types.limits import Limit

pytestmark = pytest.mark.risk

SYMBOL = "BTC/USDT"
OWN = f"risk.symbols.{SYMBOL}"
# Limit of swing in SYMBOL: every key that may bound it, loosest values, so that each in turn can be the tightest.
LAYERS: dict[str, dict[str, float]] = {
    "max_portfolio_risk": {
        "risk.profiles.moderate.max_portfolio_risk": 0.2,
        "risk.strategies.swing.max_portfolio_risk": 0.2,
        "risk.stages.paper.max_portfolio_risk": 0.2,
        "risk.limits.max_portfolio_risk": 0.2,
    },
    "max_position_risk": {
        "risk.strategies.swing.max_position_risk": 0.2,
        "risk.stages.paper.max_position_risk": 0.2,
        "risk.limits.max_position_risk": 0.2,
    },
    "max_position": {
        "risk.profiles.moderate.max_position": 1.0,
        "risk.strategies.swing.max_position": 1.0,
        "risk.stages.paper.max_position": 1.0,
        "risk.asset_classes.crypto.max_position": 1.0,
        "risk.limits.max_asset": 1.0,
        f"{OWN}.weight": 1.0,
    },
    "max_leverage": {
        "risk.profiles.moderate.max_leverage": 9.0,
        "risk.strategies.swing.max_leverage": 9.0,
        "risk.stages.paper.max_leverage": 9.0,
        "risk.asset_classes.crypto.max_leverage": 9.0,
    },
    "max_drawdown": {"risk.strategies.swing.max_drawdown": 0.9, "risk.breakers.strategy_drawdown": 0.9},
    "kelly_fraction": {"risk.kelly_fraction": 0.25},
    "leverage": {f"{OWN}.leverage": 9.0},
}
ACCOUNT: dict[str, dict[str, float]] = {
    "max_drawdown": {"risk.profiles.moderate.max_drawdown": 0.9, "risk.stages.paper.max_drawdown": 0.9},
    "max_var": {
        "risk.limits.max_var": 0.02,
        "risk.stages.paper.max_var": 0.02,
        "risk.strategies.swing.max_var": 0.02,
        "risk.strategies.long.max_var": 0.02,
    },
}
BASE = {
    "stage": "paper",
    "trading.profile": "moderate",
    "trading.venue": "binance",
    "trading.symbols": [SYMBOL],
    "venues.binance.margin": 0.01,
}


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


def loaded_with(*changes: Mapping[str, object]) -> Loaded:
    flags = dict(BASE)
    for one in changes:
        flags |= one
    return load(flags)


def winner(loaded: Loaded, name: str, of_account: bool) -> Limit:
    found = account_limits(loaded) if of_account else limits_of(loaded, "swing", SYMBOL, "crypto")
    return found.winner(name)


ROWS = [(name, keys, False) for name, keys in LAYERS.items()] + [(name, keys, True) for name, keys in ACCOUNT.items()]


@pytest.mark.parametrize(("name", "keys", "of_account"), ROWS, ids=lambda value: value if type(value) is str else "")
def test_each_layer_alone_wins_just_below_the_others_and_never_at_or_above(
    name: str, keys: dict[str, float], of_account: bool
) -> None:
    for key, loosest in keys.items():
        value = loosest * 0.5
        others = {other: value for other in keys if other != key}
        for factor in (0.999, 1.0, 1.001):
            found = winner(loaded_with(keys, others, {key: value * factor}), name, of_account)
            assert found.value == min(value * factor, *others.values() or [value * factor])
            named = f"{found.source}.{found.name}" if f"{found.source}.{found.name}" in keys else found.source
            if factor < 1.0:
                assert (named, found.place) == (key, f"flag for {key}")
            if factor > 1.0 and others:
                assert named != key


@pytest.mark.parametrize(("name", "keys", "of_account"), ROWS, ids=lambda value: value if type(value) is str else "")
def test_every_pair_of_layers_merges_to_the_tighter_one_and_keeps_the_looser(
    name: str, keys: dict[str, float], of_account: bool
) -> None:
    for one, other in combinations(keys, 2):
        for low, high in ((one, other), (other, one)):
            loaded = loaded_with(keys, {low: keys[low] * 0.3, high: keys[high] * 0.6})
            limits = account_limits(loaded) if of_account else limits_of(loaded, "swing", SYMBOL, "crypto")
            values = [each.value for each in limits.all(name)]
            assert values[:2] == [keys[low] * 0.3, keys[high] * 0.6]
            assert values == sorted(values)
            assert {each.place for each in limits.all(name)} >= {f"flag for {key}" for key in keys}


def test_of_equal_limits_the_one_nearest_to_the_system_is_named_in_the_order_that_the_engine_asks() -> None:
    keys = LAYERS["max_position"]
    limits = limits_of(loaded_with(dict.fromkeys(reversed(keys), 0.07)), "swing", SYMBOL, "crypto")
    assert [one.place for one in limits.all("max_position")] == [
        f"flag for {key}"
        for key in (
            "risk.profiles.moderate.max_position",
            "risk.strategies.swing.max_position",
            "risk.stages.paper.max_position",
            "risk.limits.max_asset",
            "risk.asset_classes.crypto.max_position",
            f"{OWN}.weight",
        )
    ]


def test_the_range_of_a_symbol_is_its_largest_and_smallest_value() -> None:
    limits = limits_of(loaded_with({f"{OWN}.size_range": [0.01, 0.07]}), "long", SYMBOL, "crypto")
    assert limits.winner("max_position") == Limit(
        "max_position", 0.07, f"{OWN}.size_range", f"flag for {OWN}.size_range"
    )
    assert limits.winner("least_size").value == 0.01
    assert limits_of(loaded_with(), "long", SYMBOL, "crypto").all("least_size") == ()


def test_the_parts_of_the_largest_position_are_the_systems_and_the_symbols() -> None:
    loaded = loaded_with({"risk.strategies.swing.max_position": 0.08, f"{OWN}.weight": 0.06})
    limits = limits_of(loaded, "swing", SYMBOL, "crypto")
    assert [one.value for one in limits.all(SYSTEM_PART)] == [0.08, 0.1]
    assert [one.value for one in limits.all(SYMBOL_PART)] == [0.06, 0.2, 0.3]
    assert [one.value for one in limits.all("max_position")] == [0.06, 0.08, 0.1, 0.2, 0.3]
    assert limits_of(loaded, "long", SYMBOL, "crypto").winner(SYSTEM_PART).value == 0.1
    assert limits_of(loaded, "swing", "ETH/USDT", "crypto").winner("max_position").value == 0.08


def test_a_strategy_that_has_no_capital_binds_nobody() -> None:
    given = {"risk.strategies.long.max_var": 0.001, "systems.long.share": 0.0}
    assert account_limits(loaded_with(given)).winner("max_var").value == 0.02


def test_every_place_is_the_line_that_has_the_figure() -> None:
    loaded = load({"stage": "paper"})
    held = held_limits(loaded, ["swing", "long"], ["SP500", SYMBOL])
    files = {name: (PROJECT / name).read_text().splitlines() for name in ("conf/risk_params.yml", "conf/base.yaml")}
    walked = 0
    for limit in (one for each in held for one in each.candidates):
        file, _, line = limit.place.rpartition(":")
        if file in files:
            key = limit.source.split(".")[-1]
            text = files[file][int(line) - 1]
            assert limit.name in text or key in text
            figures = {float(one) for one in re.findall(r"\d+\.?\d*", text)}
            assert limit.value in figures or limit.name == "max_capital"
            walked += 1
    assert walked > 50


@pytest.mark.parametrize(
    ("system", "asset_class", "said"),
    [("day", "crypto", "system 'day' is not known"), ("swing", "art", "asset class 'art' is not known")],
)
def test_what_does_not_exist_has_no_limits(system: str, asset_class: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        limits_of(load(), system, SYMBOL, asset_class)


# A setting that binds in BASE, a looser value of it, and what has to be named.
LOOSER: list[tuple[str, object, object, str]] = [
    ("trading.profile", "conservative", "moderate", "max_position of swing in BTC/USDT"),
    ("stage", "exploration", "paper", "max_leverage of swing"),
    ("risk.profiles.moderate.max_position", 0.1, 0.11, "max_position of long in BTC/USDT"),
    ("risk.profiles.moderate.max_leverage", 1.5, 1.6, "max_leverage of swing"),
    ("risk.profiles.moderate.max_drawdown", 0.15, 0.16, "max_drawdown of the account"),
    ("risk.profiles.moderate.max_portfolio_risk", 0.015, 0.016, "max_portfolio_risk of swing"),
    ("risk.profiles.moderate.var_confidence", 0.95, 0.94, "var_confidence of the account"),
    ("risk.limits.max_position_risk", 0.01, 0.011, "max_position_risk of swing"),
    ("risk.limits.max_portfolio_risk", 0.01, 0.011, "max_portfolio_risk of long"),
    ("risk.limits.max_asset", 0.05, 0.06, "max_position of swing in BTC/USDT"),
    ("risk.limits.max_var", 0.02, 0.021, "max_var of the account"),
    ("risk.limits.max_positions", 10, 11, "max_positions of the account"),
    ("risk.limits.max_trades_per_day", 20, 21, "max_trades_per_day of the account"),
    ("risk.limits.allowed", ["BTC/USDT"], ["BTC/USDT", "ETH/USDT"], "allowed of the account"),
    ("risk.limits.allowed", ["BTC/USDT"], ["ETH/USDT"], "allowed of the account"),
    ("risk.limits.allowed", ["BTC/USDT"], None, "every symbol"),
    ("risk.asset_classes.crypto.max_position", 0.05, 0.06, "max_position of swing in BTC/USDT"),
    ("risk.asset_classes.crypto.max_leverage", 1.1, 1.2, "max_leverage of long"),
    ("risk.strategies.swing.max_position", 0.05, None, "max_position of swing in BTC/USDT"),
    ("risk.strategies.swing.max_drawdown", 0.05, 0.06, "max_drawdown of swing"),
    ("risk.strategies.long.max_var", 0.01, 0.011, "max_var of the account"),
    ("risk.strategies.long.max_leverage", 0.5, 0.6, "max_leverage of long"),
    ("risk.stages.paper.max_position_risk", 0.001, 0.002, "max_position_risk of long"),
    ("risk.stages.paper.max_drawdown", 0.1, None, "max_drawdown of the account"),
    ("risk.stages.paper.max_var", 0.01, 0.02, "max_var of the account"),
    ("risk.ladder.rung", 1, 2, "max_capital of the account"),
    ("risk.ladder.rungs", [1000.0], [1001.0], "max_capital of the account"),
    (f"{OWN}.leverage", 2.0, 3.0, "leverage of swing in BTC/USDT"),
    (f"{OWN}.leverage", 2.0, None, "leverage of swing in BTC/USDT"),
    (f"{OWN}.size_range", [0.01, 0.05], [0.009, 0.05], "least_size of swing in BTC/USDT"),
    (f"{OWN}.size_range", [0.01, 0.05], [0.01, 0.06], "max_position of long in BTC/USDT"),
    (f"{OWN}.size_range", [0.01, 0.5], None, "no limit after"),
    (f"{OWN}.weight", 0.05, 0.06, "max_position of swing in BTC/USDT"),
    ("venues.binance.margin", 0.5, 0.4, "leverage of long in BTC/USDT"),
    ("risk.kelly_fraction", 0.2, 0.25, "kelly_fraction of swing"),
    ("risk.entry_cost_multiple", 2.0, 1.9, "entry_cost_multiple of the account"),
    ("risk.regime_share.volatile", 0.5, 0.6, "volatile_share of the account"),
    ("risk.regime_share.trending", 0.5, 0.6, "trending_share of the account"),
    ("risk.regime_share.ranging", 0.5, 0.6, "ranging_share of the account"),
    ("risk.regime_share.crisis", 0.2, 0.3, "crisis_share of the account"),
    ("risk.breakers.entries_drawdown", 0.05, 0.06, "entries_drawdown of the account"),
    ("risk.breakers.strategy_drawdown", 0.1, 0.11, "max_drawdown of swing"),
    ("risk.breakers.daily_loss", 0.05, 0.06, "daily_loss of the account"),
    ("risk.breakers.weekly_loss", 0.1, 0.11, "weekly_loss of the account"),
    ("risk.breakers.halt_var", 0.025, 0.026, "halt_var of the account"),
    ("risk.breakers.large_loss", 0.03, 0.04, "large_loss of the account"),
    ("risk.breakers.release_days.pause", 7.0, 6.0, "pause_days of the account"),
    ("risk.breakers.release_days.reduce", 7.0, 6.0, "reduce_days of the account"),
    ("risk.breakers.release_days.flatten", 30.0, 29.0, "flatten_days of the account"),
    ("risk.dynamic.target_volatility", 0.4, 0.5, "target_volatility of the account"),
    ("risk.dynamic.correlation_on", 0.8, 0.9, "correlation_on of the account"),
    ("risk.dynamic.correlation_off", 0.6, 0.7, "correlation_off of the account"),
    ("risk.dynamic.correlation_share", 0.5, 0.6, "correlation_share of the account"),
    ("risk.dynamic.floor", 0.25, 0.3, "floor of the account"),
    ("risk.dynamic.band", 0.1, 0.05, "band of the account"),
    ("risk.controls.price_collar", 0.2, 0.3, "price_collar of the account"),
    ("risk.controls.most_volatility_ratio", 4.0, 5.0, "most_volatility_ratio of the account"),
    ("feeds.down_minutes", 5.0, 6.0, "down_minutes of the account"),
]
# What is written and binds nothing is no loosening.
UNFELT: list[tuple[str, object, object]] = [
    ("risk.profiles.aggressive.max_position", 0.2, 0.9),
    ("risk.profiles.moderate.take_profit", 0.04, 0.05),
    ("risk.limits.max_asset", 0.3, 0.9),
    ("risk.limits.allowed", None, ["BTC/USDT"]),
    ("risk.asset_classes.stocks.max_position", 0.01, 0.9),
    ("risk.asset_classes.crypto.max_leverage", 3.0, 9.0),
    ("risk.strategies.swing.max_position", 0.5, 0.9),
    ("risk.stages.exploration.max_leverage", 0.5, 9.0),
    ("risk.controls.slippage_target_bps", 5.0, 50.0),
    ("trading.symbols", ["BTC/USDT"], ["BTC/USDT", "ETH/USDT"]),
    ("trading.capital", 1.0, 1e9),
]


def pair(key: str, before: object, after: object) -> tuple[Loaded, Loaded]:
    return loaded_with({key: before}), loaded_with({key: after})


@pytest.mark.parametrize(("key", "tight", "loose", "said"), LOOSER)
def test_a_looser_figure_is_named_and_a_tighter_one_is_not(key: str, tight: object, loose: object, said: str) -> None:
    before, after = pair(key, tight, loose)
    found = loosened(before, after)
    assert any(said in one for one in found), found
    assert loosened(before, before) == loosened(after, after) == ()
    back = loosened(after, before)
    if key != "risk.limits.allowed":
        assert back == ()
        assert all("before" in one and "after" in one for one in found)


@pytest.mark.parametrize(("key", "before", "after"), UNFELT)
def test_what_binds_nothing_is_no_loosening(key: str, before: object, after: object) -> None:
    assert loosened(*pair(key, before, after)) == ()


def test_a_sentence_has_both_figures_and_where_they_are_from() -> None:
    before, after = load({"trading.profile": "conservative"}), load({"trading.profile": "aggressive"})
    found = [one for one in loosened(before, after) if one.startswith("max_position of swing in SP500")]
    lines = (PROJECT / "conf" / "risk_params.yml").read_text().splitlines()
    old, new = (lines.index(f"      max_position: {value}") + 1 for value in ("0.05", "0.20"))
    assert found == [
        f"max_position of swing in SP500: 0.05 of risk.profiles.conservative (conf/risk_params.yml:{old}) before, "
        f"0.2 of risk.profiles.aggressive (conf/risk_params.yml:{new}) after"
    ]
