"""The group `router`: its rules, what is refused and where, and what they come to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from conf import load
from conf.schema.router import RegimeName
from models.types import BadInput, Regime
from models.types.speakers import ALPHAS, META, MODELS, PREDICTORS

pytestmark = pytest.mark.risk

CRYPTO = "{name: crypto, classes: [crypto], models: [momentum, xgboost]}"
STOCKS = "{name: stocks, classes: [stocks], models: [momentum]}"
TAIL = "  damp_after: 15\n  alert_after: 20\n  window_minutes: 5.0\n"


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


@pytest.fixture
def rules(conf_folder: Path) -> Callable[..., Any]:
    def loaded(*lines: str, tail: str = TAIL) -> Any:
        text = "router:\n  rules:\n" + "".join(f"    - {one}\n" for one in lines) + tail
        (conf_folder / "model_router_rules.yml").write_text(text)
        return load(folder=conf_folder).settings.router

    return loaded


def test_the_shipped_rules_are_the_documented_ones() -> None:
    router = load().settings.router
    assert [(one.name, one.classes, one.models) for one in router.rules] == [
        ("crypto", ("crypto",), ("momentum", "xgboost")),
        ("stocks", ("stocks",), ("momentum", "xgboost")),
    ]
    assert (router.damp_after, router.alert_after, router.window_minutes) == (15, 20, 5.0)


def test_the_names_are_those_of_the_core() -> None:
    assert (*ALPHAS, *PREDICTORS, META) == MODELS
    assert get_args(RegimeName) == tuple(one.name.lower() for one in Regime)


def test_what_a_rule_leaves_out_or_empty_may_be_anything(rules: Callable[..., Any]) -> None:
    left_out = rules("{name: all, models: [meta]}").table()
    emptied = rules("{name: all, instruments: [], classes: [], horizons: [], regimes: [], models: [meta]}").table()
    assert left_out == emptied
    assert left_out[0].applies("X", "anything", 7, Regime.CRISIS)


def test_a_rule_as_those_who_apply_it_see_it(rules: Callable[..., Any]) -> None:
    first = "{name: x, instruments: [BTC/USDT], horizons: [24, 48], regimes: [crisis], models: [meta, momentum]}"
    (rule, *_) = rules(first, CRYPTO, STOCKS).table()
    assert (rule.instruments, rule.classes, rule.horizons) == (("BTC/USDT",), (), (24, 48))
    assert (rule.regimes, rule.models) == ((Regime.CRISIS,), ("momentum", "meta"))


REFUSED = {
    "no rule": ((), "router.rules: found None"),
    "nobody": (("{name: x, models: []}",), "router.rules.0.models: found []"),
    "nobody is said": (("{name: x}",), "the key router.rules.0.models is missing"),
    "no name": (("{models: [meta]}",), "the key router.rules.0.name is missing"),
    "an empty name": (("{name: '', models: [meta]}",), "router.rules.0.name: found ''"),
    "an unknown model": (("{name: x, models: [oracle]}",), "models.0: found 'oracle', allowed: input should be 'mom"),
    "a model twice": (("{name: x, models: [meta, meta]}",), "found ['meta', 'meta'], allowed is each of them once"),
    "an unknown key": (("{name: x, model: [meta]}",), "the key router.rules.0.model is not known"),
    "an unknown regime": (("{name: x, regimes: [calm], models: [meta]}",), "regimes.0: found 'calm'"),
    "no symbol": (("{name: x, instruments: [btc], models: [meta]}",), "'btc' is not a symbol"),
    "no horizon": (("{name: x, horizons: [0], models: [meta]}",), "horizons.0: found 0"),
    "a class that nothing is of": (
        ("{name: x, classes: [art], models: [meta]}", CRYPTO, STOCKS),
        "router.rules.0.classes: found 'art', allowed is one of stocks, crypto",
    ),
    "a name twice": ((CRYPTO, STOCKS.replace("name: stocks", "name: crypto")), "found a second rule 'crypto'"),
    "a rule that never applies": (
        (CRYPTO, STOCKS, "{name: late, classes: [crypto], regimes: [crisis], models: [meta]}"),
        "router.rules.2: the rule 'late' never applies: 'crypto', which stands before it, applies wherever it would",
    ),
    "all regimes by name are all regimes": (
        ("{name: a, regimes: [volatile, trending, ranging, crisis], models: [meta]}", "{name: b, models: [lstm]}"),
        "router.rules.1: the rule 'b' never applies",
    ),
    "a class without a rule": (
        (CRYPTO,),
        "router.rules: no rule says which models speak for any instrument of stocks over 24 bars in the regimes "
        "volatile, trending, ranging, crisis; add a rule",
    ),
    "a regime without a rule": (
        (CRYPTO, "{name: s, classes: [stocks], regimes: [volatile, crisis], models: [meta]}"),
        "any instrument of stocks over 24 bars in the regimes trending, ranging; add a rule",
    ),
    "another horizon only": (("{name: x, horizons: [12], models: [meta]}",), "any instrument of stocks over 24 bars"),
    "known instruments only": (
        ("{name: x, instruments: [BTC/USDT, SPY], models: [meta]}",),
        "any instrument of stocks over 24 bars",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_where_and_why(name: str, rules: Callable[..., Any]) -> None:
    lines, said = REFUSED[name]
    with pytest.raises(BadInput) as told:
        rules(*lines)
    assert said in str(told.value)
    assert str(told.value).startswith("conf/model_router_rules.yml:")
    assert ";" not in str(told.value).replace("; add", "").replace("; move", "").replace("; correct", "") or name in (
        "an unknown key",
    )


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        (TAIL.replace("20", "14"), "alert_after: found 14, allowed is damp_after (15) or more"),
        (TAIL.replace("15", "0"), "router.damp_after: found 0"),
        (TAIL.replace("5.0", "0.0"), "router.window_minutes: found 0.0"),
        (TAIL.replace("5.0", "many"), "router.window_minutes: found 'many'"),
    ],
)
def test_the_damping_has_its_bounds(tail: str, said: str, rules: Callable[..., Any]) -> None:
    with pytest.raises(BadInput) as told:
        rules(CRYPTO, STOCKS, tail=tail)
    assert said in str(told.value)


def test_another_horizon_of_the_models_wants_rules_of_its_own(rules: Callable[..., Any], conf_folder: Path) -> None:
    rules("{name: x, horizons: [24], models: [meta]}")
    with pytest.raises(BadInput, match="over 48 bars"):
        load({"model.horizon": 48}, folder=conf_folder)


def test_keel_shows_and_explains_them_and_check_says_where_they_are_wrong(
    keel: Callable[..., Any], conf_folder: Path, rules: Callable[..., Any]
) -> None:
    rules(CRYPTO, STOCKS)
    shown = keel("config", "show", "--json").json
    assert [one["name"] for one in shown["settings"]["router"]["rules"]] == ["crypto", "stocks"]
    found = keel("config", "explain", "router.rules", "--json").json
    assert (found["layer"], found["value"][1]["models"]) == ("conf/model_router_rules.yml", ["momentum"])
    assert keel("check").code == 0
    with pytest.raises(BadInput):
        rules(CRYPTO)
    outcome = keel("check")
    assert outcome.code != 0
    assert "conf/model_router_rules.yml:3: router.rules: no rule says" in outcome.out + outcome.err
