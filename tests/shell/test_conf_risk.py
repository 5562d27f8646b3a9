"""The group `risk`: its figures, the bounds of every key, what has to fit together, a meaning with a unit for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from conf import load
from conf.schema import RiskConfig
from models.types import BadInput

pytestmark = pytest.mark.risk

STAGES = ("exploration", "paper", "micro", "live")


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


def test_the_shipped_figures_are_the_documented_ones() -> None:
    risk = load().settings.risk.model_dump(exclude_none=True)
    names = ("max_portfolio_risk", "max_position", "max_leverage", "max_drawdown", "stop_loss", "take_profit")
    assert risk.pop("profiles") == {
        name: dict(zip((*names, "var_confidence"), figures, strict=True))
        for name, figures in {
            "conservative": (0.01, 0.05, 1.0, 0.10, 0.015, 0.025, 0.99),
            "moderate": (0.02, 0.10, 2.0, 0.15, 0.02, 0.04, 0.95),
            "aggressive": (0.04, 0.20, 5.0, 0.25, 0.03, 0.06, 0.90),
        }.items()
    }
    assert risk == {
        "limits": {
            "max_position_risk": 0.01,
            "max_portfolio_risk": 0.02,
            "max_asset": 0.30,
            "max_var": 0.02,
            "max_positions": 10,
            "max_trades_per_day": 20,
        },
        "asset_classes": {
            "crypto": {"max_position": 0.20, "max_leverage": 3.0},
            "stocks": {"max_position": 0.25, "max_leverage": 4.0},
        },
        "strategies": {"swing": {}, "long": {}},
        "stages": {
            name: {"max_leverage": figure}
            for name, figure in {"exploration": 1.0, "paper": 2.0, "micro": 1.0, "live": 1.0}.items()
        },
        "ladder": {"rungs": (1000.0, 2500.0, 5000.0, 10000.0), "rung": 1},
        "symbols": {},
        "kelly_fraction": 0.25,
        "entry_cost_multiple": 1.0,
        "regime_share": {"volatile": 0.5, "trending": 1.0, "ranging": 1.0, "crisis": 0.2},
        "breakers": {
            "entries_drawdown": 0.05,
            "strategy_drawdown": 0.10,
            "daily_loss": 0.05,
            "weekly_loss": 0.10,
            "halt_var": 0.025,
            "large_loss": 0.03,
            "release_days": {"pause": 7.0, "reduce": 7.0, "flatten": 30.0},
        },
        "dynamic": {
            "target_volatility": 0.40,
            "correlation_on": 0.80,
            "correlation_off": 0.70,
            "correlation_share": 0.5,
            "floor": 0.25,
            "band": 0.10,
        },
        "harmoniser": {
            "half_life_bars": 12.0,
            "prior_bps": 0.0,
            "prior_error_bps": 50.0,
            "model_error_bps": 25.0,
            "prior_skill": 0.05,
            "prior_pairs": 50.0,
            "most_skill": 2.0,
        },
        "controls": {"price_collar": 0.20, "most_volatility_ratio": 4.0, "slippage_target_bps": 5.0},
        "var": {"window_days": 1000, "least_days": 250, "refit_days": 21, "correlation_days": 250},
    }


FRACTION = ([1e-9, 1.0], [0.0, -0.1, 1.0001])
BELOW_ONE = ([1e-9, 0.9999], [0.0, -0.1, 1.0])
RISK_SHARE = ([1e-9, 0.2], [0.0, -0.1, 0.2001])
LEVERAGE = ([1e-9, 1.0, 10.0], [0.0, 10.1])
DAYS = ([0.1, 3650.0], [0.0, 3651.0])
OVERRIDES = {
    "max_portfolio_risk": RISK_SHARE,
    "max_position_risk": RISK_SHARE,
    "max_position": FRACTION,
    "max_leverage": LEVERAGE,
    "max_drawdown": BELOW_ONE,
    "max_var": FRACTION,
}
# Key below risk, values just allowed, values just refused.
BOUNDS = {
    "profiles.moderate.max_portfolio_risk": RISK_SHARE,
    "profiles.moderate.max_position": FRACTION,
    "profiles.moderate.max_leverage": LEVERAGE,
    "profiles.moderate.max_drawdown": BELOW_ONE,
    "profiles.moderate.stop_loss": BELOW_ONE,
    "profiles.moderate.take_profit": ([1e-9, 10.0], [0.0, 10.1]),
    "profiles.moderate.var_confidence": ([0.8, 0.9999], [0.7999, 1.0]),
    "limits.max_position_risk": RISK_SHARE,
    "limits.max_portfolio_risk": RISK_SHARE,
    "limits.max_asset": FRACTION,
    "limits.max_var": ([1e-9, 0.025], [0.0, 0.0251, 1.1]),
    "limits.max_positions": ([1, 10_000], [0, 10_001, 1.5]),
    "limits.max_trades_per_day": ([1, 100_000], [0, 100_001, 1.5]),
    "limits.allowed": ([None, ["SP500"], ["A/B", "C"]], [[], "SP500", ["a"], [7], False]),
    "asset_classes.crypto.max_position": FRACTION,
    "asset_classes.stocks.max_leverage": LEVERAGE,
    **{f"strategies.{name}.{key}": bounds for name in ("swing", "long") for key, bounds in OVERRIDES.items()},
    **{f"stages.{name}.{key}": one for name in STAGES for key, one in OVERRIDES.items()},
    "ladder.rungs": ([[1.0, 2.0], [5]], [[], [2.0, 2.0], [2.0, 1.0], [0.0, 1.0], 5.0]),
    "ladder.rung": ([1, 4], [0, 5, 1.5]),
    "symbols.BTC/USDT.leverage": ([None, 1.0, 100.0], [0.99, 101.0]),
    "symbols.BTC/USDT.size_range": (
        [None, [0.0, 0.1], [0.1, 0.1], [0, 1]],
        [[0.2, 0.1], [0.0, 0.0], [-0.1, 0.1], [0.1, 1.1], [0.1], [0.1, 0.2, 0.3], 0.1],
    ),
    "symbols.BTC/USDT.weight": FRACTION,
    "kelly_fraction": ([1e-9, 0.25], [0.0, 0.2501]),
    "entry_cost_multiple": ([1.0, 9.0], [0.99]),
    **{f"regime_share.{name}": ([0.0, 1.0], [-0.1, 1.1]) for name in ("volatile", "trending", "ranging", "crisis")},
    "breakers.entries_drawdown": BELOW_ONE,
    "breakers.strategy_drawdown": BELOW_ONE,
    "breakers.daily_loss": BELOW_ONE,
    "breakers.weekly_loss": BELOW_ONE,
    "breakers.halt_var": ([0.02, 1.0], [0.0199, 1.1]),
    "breakers.large_loss": BELOW_ONE,
    **{f"breakers.release_days.{name}": DAYS for name in ("pause", "reduce", "flatten")},
    "dynamic.target_volatility": ([1e-9, 10.0], [0.0, 10.1]),
    "dynamic.correlation_on": ([0.7001, 1.0], [0.7, 1.1]),
    "dynamic.correlation_off": ([0.0, 0.7999], [-0.1, 0.8]),
    "dynamic.correlation_share": FRACTION,
    "dynamic.floor": FRACTION,
    "dynamic.band": ([0.0, 0.9999], [-0.1, 1.0]),
    "harmoniser.half_life_bars": ([1e-9, 10_000.0], [0.0, 10_001.0]),
    "harmoniser.prior_bps": ([-1000.0, 1000.0], [-1001.0, 1001.0]),
    "harmoniser.prior_error_bps": ([1e-9, 10_000.0], [0.0, 10_001.0]),
    "harmoniser.model_error_bps": ([1e-9, 10_000.0], [0.0, 10_001.0]),
    "harmoniser.prior_skill": FRACTION,
    "harmoniser.prior_pairs": ([1e-9, 1e6], [0.0, 1.1e6]),
    "harmoniser.most_skill": ([1.0, 100.0], [0.99, 101.0]),
    "controls.price_collar": BELOW_ONE,
    "controls.most_volatility_ratio": ([1.0, 1000.0], [0.99, 1001.0]),
    "controls.slippage_target_bps": ([1e-9, 1000.0], [0.0, 1001.0]),
    "var.window_days": ([250, 10_000], [249, 49, 10_001, 250.5]),
    "var.least_days": ([50, 1000], [49, 1001]),
    "var.refit_days": ([1, 365], [0, 366]),
    "var.correlation_days": ([20, 10_000], [19, 10_001]),
}


@pytest.mark.parametrize("key", BOUNDS)
def test_every_key_has_its_bounds(key: str) -> None:
    allowed, refused = BOUNDS[key]
    for value in allowed:
        load({f"risk.{key}": value})
    for wrong in (*refused, float("nan"), True, "much"):
        with pytest.raises(BadInput, match=r"risk\..*(found|allowed|missing)"):
            load({f"risk.{key}": wrong})


def fields(group: type[BaseModel], key: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field below a group with its dotted key; groups by name have one, `*`."""
    for name, field in group.model_fields.items():
        yield f"{key}{name}", field
        inner = [one for one in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(one, type)]
        for one in inner:
            if issubclass(one, BaseModel):
                yield from fields(one, f"{key}{name}." if one is field.annotation else f"{key}{name}.*.")


UNITS = (
    "fraction of",
    "times",
    "probability",
    "count",
    "quote currency",
    "share of",
    "days",
    "correlation",
    "bps",
    "bars",
)


def test_every_figure_says_what_it_is_and_in_which_unit_and_has_bounds_that_are_walked() -> None:
    found = dict(fields(RiskConfig))
    assert len(found) > 80
    for key, field in found.items():
        assert field.description, key
        last = field.description.split(",")[-1] + field.description.split(", ", 1)[-1]
        assert any(unit in last for unit in (*UNITS, "group", "list", "counted from 1")), (key, field.description)
    walked = {".".join(part if part.islower() else "*" for part in key.split(".")) for key in BOUNDS}
    walked = {key.replace("profiles.moderate", "profiles.*") for key in walked}
    walked = {key.replace("classes.crypto", "classes.*").replace("classes.stocks", "classes.*") for key in walked}
    groups = {key.rsplit(".", 1)[0] for key in found if "." in key}
    groups |= {key.removesuffix(".*") for key in groups}
    missing = set(found) - walked - groups - {"asset_classes.*.max_leverage", "asset_classes.*.max_position"}
    assert not missing


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"breakers.halt_var": 0.019}, "risk.breakers.halt_var: found 0.019, allowed is limits.max_var (0.02) or more"),
        ({"limits.max_var": 0.03}, "risk.breakers.halt_var: found 0.025, allowed is limits.max_var (0.03) or more"),
        ({"dynamic.correlation_off": 0.8}, "correlation_off: found 0.8, allowed is below correlation_on (0.8)"),
        ({"ladder.rung": 5}, "risk.ladder.rung: found 5, allowed is 1 to 4"),
        ({"ladder.rungs": [1.0, 1.0]}, "risk.ladder.rungs: found [1.0, 1.0], allowed is each above the one before"),
        ({"symbols.A.weight": 0.7, "symbols.B.weight": 0.4}, "risk.symbols: found weights that make 1.1 together"),
        ({"symbols.A.size_range": [0.3, 0.2]}, "size_range: found [0.3, 0.2], allowed is the smallest first"),
        ({"harmoniser.routes.crypto": ["momentum"]}, "the key risk.harmoniser.routes is not known"),
        (
            {"asset_classes.art.max_position": 0.1, "asset_classes.art.max_leverage": 1.0},
            "risk.asset_classes.art: found 'art', allowed is one of stocks, crypto",
        ),
        ({"strategies.day.max_var": 0.01}, "the key risk.strategies.day is not known"),
        ({"stages.production.max_var": 0.01}, "the key risk.stages.production is not known"),
        ({"profiles.moderate.max_vr": 0.01}, "the key risk.profiles.moderate.max_vr is not known"),
        ({"symbols.BTC/USDT.wait": 0.01}, "the key risk.symbols.BTC/USDT.wait is not known"),
        ({"symbols.btc.weight": 0.01}, "'btc' is not a symbol"),
        ({"var.least_days": 2000}, "least_days: found 2000, allowed is window_days (1000) or less"),
        ({"daily_loss": 0.05}, "the key risk.daily_loss is not known"),
        ({"max_position_risk": 0.05}, "the key risk.max_position_risk is not known"),
        ({"pause_days": 5.0}, "the key risk.pause_days is not known"),
    ],
)
def test_what_does_not_fit_together_is_named(flags: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        load({f"risk.{key}": value for key, value in flags.items()})
    assert said in str(refusal.value)


def test_weights_may_use_the_whole_to_the_last_bit() -> None:
    for weights in ((0.9, 0.1), (0.7, 0.3), (0.6, 0.4), (0.8, 0.2)):
        load({f"risk.symbols.{name}.weight": weight for name, weight in zip("AB", weights, strict=True)})


def test_a_symbols_limits_may_come_from_a_file_and_are_named_with_their_line(conf_folder: Path) -> None:
    text = "risk:\n  symbols:\n    BTC/USDT: {leverage: 3.0, size_range: [0.01, 0.15], weight: 0.5}\n"
    (conf_folder / "local.yaml").write_text(text)
    loaded = load(folder=conf_folder)
    assert loaded.settings.risk.symbols["BTC/USDT"].size_range == (0.01, 0.15)
    assert loaded.leaves["risk", "symbols", "BTC/USDT", "leverage"].place == "conf/local.yaml:3"
