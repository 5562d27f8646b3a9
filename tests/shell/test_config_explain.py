"""`keel config explain`: which layer, file and line won, what it overrode, and the tightest of several limits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conf import load
from conf.explaining import explained
from conf.limits import NAMES

pytestmark = pytest.mark.risk

Json = dict[str, Any]
Keel = Callable[..., Any]


def line(path: Path, text: str) -> int:
    return next(k for k, one in enumerate(path.read_text().splitlines(), 1) if text in one)


def explain(keel: Keel, *arguments: str) -> Json:
    outcome = keel("config", "explain", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json


def test_a_setting_names_the_line_that_won_and_every_layer_that_it_overrode(
    keel: Keel, conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (conf_folder / "local.yaml").write_text("# mine\ntrading:\n  profile: aggressive\n")
    base, stage = conf_folder / "base.yaml", conf_folder / "stages" / "exploration.yaml"
    below = [
        {"value": "conservative", "layer": "conf/stages/exploration.yaml", "line": line(stage, "profile:")},
        {"value": "moderate", "layer": "conf/base.yaml", "line": line(base, "  profile:")},
    ]
    found = explain(keel, "trading.profile")
    assert found["overrode"] == [
        {"value": one["value"], "layer": one["layer"], "place": f"{one['layer']}:{one['line']}"} for one in below
    ]
    assert {key: found[key] for key in found if key != "overrode"} == {
        "key": "trading.profile",
        "value": "aggressive",
        "layer": "conf/local.yaml",
        "place": "conf/local.yaml:3",
        "meaning": "one of risk.profiles",
        "allowed": "a text",
    }
    monkeypatch.setenv("KEEL_TRADING__PROFILE", "moderate")
    found = explain(keel, "Trading.Profile")
    assert (found["place"], found["layer"]) == ("environment KEEL_TRADING__PROFILE", "environment")
    assert [one["value"] for one in found["overrode"]] == ["aggressive", "conservative", "moderate"]
    outcome = keel("config", "explain", "trading.profile")
    assert "trading.profile: moderate (environment KEEL_TRADING__PROFILE)" in outcome.out
    assert "    overrode: aggressive (conf/local.yaml:3)" in outcome.out


def test_every_figure_of_the_risk_file_is_explained_with_its_own_line(keel: Keel, conf_folder: Path) -> None:
    lines = (conf_folder / "risk_params.yml").read_text().splitlines()
    found = explain(keel, "risk")["settings"]
    assert isinstance(found, list)
    assert len(found) > 60
    for one in found:
        file, _, number = one["place"].rpartition(":")
        if one["place"] == "default of its schema":
            assert one["value"] is None
            continue
        assert file == one["layer"] == "conf/risk_params.yml"
        parts = one["key"].split(".")
        assert f"{parts[-1]}:" in lines[int(number) - 1]
        assert one["meaning"]
        assert one["allowed"]
    assert {one["key"] for one in found} == {one.key for one in explained(load(), "risk")}


@pytest.mark.parametrize(
    ("key", "value", "meaning", "allowed"),
    [
        ("risk.limits.max_var", 0.02, "fraction of equity", "a number above 0, at most 1"),
        ("risk.limits.max_positions", 10, "count", "a whole number from 1, at most 10000"),
        ("risk.limits.allowed", None, "symbols that may be entered", "null or a list"),
        ("risk.profiles.aggressive.var_confidence", 0.9, "probability", "a number from 0.8, below 1"),
        ("risk.strategies.swing.max_position", None, "fraction of equity", "null or a number above 0, at most 1"),
        (
            "router.rules",
            [
                {"name": "crypto", "models": ["momentum", "xgboost"], "classes": ["crypto"]},
                {"name": "stocks", "models": ["momentum", "xgboost"], "classes": ["stocks"]},
            ],
            "the first that applies wins",
            "a list not shorter than 1",
        ),
        ("router.damp_after", 15, "count", "a whole number from 1, at most 1000"),
        ("stage", "exploration", "live", "one of exploration, paper"),
        ("regimes.detector", "rules", "rules", "one of rules, hmm"),
        ("venues.binance.shorts", False, "sell short", "true or false"),
        ("venues.binance.instruments.BTC/USDT.tick", 0.01, "quote currency", "a number above 0"),
    ],
)
def test_a_setting_says_what_it_means_and_what_is_allowed(
    key: str, value: object, meaning: str, allowed: str, keel: Keel
) -> None:
    found = explain(keel, key)
    assert (found["key"], found["value"]) == (key, value)
    assert meaning in str(found["meaning"])
    assert str(found["allowed"]).startswith(allowed)


def test_a_group_shows_every_setting_of_it_and_none_beside_it(keel: Keel) -> None:
    found = explain(keel, "risk.breakers.release_days")
    assert [one["key"] for one in found["settings"]] == [
        f"risk.breakers.release_days.{name}" for name in ("pause", "reduce", "flatten")
    ]
    assert {one["place"].rsplit(":", 1)[0] for one in found["settings"]} == {"conf/risk_params.yml"}
    assert "settings" in explain(keel, "risk.profiles")
    whole = explain(keel, "trading")["settings"]
    assert {one["key"].split(".")[0] for one in whole} == {"trading"}


def test_a_limit_shows_the_tightest_and_every_looser_one_with_its_line(keel: Keel, conf_folder: Path) -> None:
    (conf_folder / "local.yaml").write_text(
        "stage: paper\ntrading: {venue: binance, symbols: [BTC/USDT, ETH/USDT]}\nrisk:\n  symbols:\n"
        "    BTC/USDT:\n      size_range: [0.01, 0.15]\n      weight: 0.07\n"
    )
    risk = conf_folder / "risk_params.yml"
    (found,) = explain(keel, "max_position", "--system", "swing", "--symbol", "BTC/USDT")["limits"]
    assert found == {
        "limit": "max_position",
        "system": "swing",
        "symbol": "BTC/USDT",
        "value": 0.07,
        "source": "risk.symbols.BTC/USDT.weight",
        "place": "conf/local.yaml:7",
        "looser": [
            {
                "value": 0.1,
                "source": "risk.profiles.moderate",
                "place": f"conf/risk_params.yml:{line(risk, 'max_position: 0.10')}",
            },
            {"value": 0.15, "source": "risk.symbols.BTC/USDT.size_range", "place": "conf/local.yaml:6"},
            {
                "value": 0.2,
                "source": "risk.asset_classes.crypto",
                "place": f"conf/risk_params.yml:{line(risk, '    crypto: {')}",
            },
            {
                "value": 0.3,
                "source": "risk.limits.max_asset",
                "place": f"conf/risk_params.yml:{line(risk, 'max_asset:')}",
            },
        ],
    }
    all_of_it = explain(keel, "max_position")["limits"]
    assert [(one["system"], one["symbol"], one["value"]) for one in all_of_it] == [
        (system, symbol, value)
        for system in ("swing", "long")
        for symbol, value in (("BTC/USDT", 0.07), ("ETH/USDT", 0.1))
    ]
    shown = keel("config", "explain", "max_position", "--system", "long", "--symbol", "BTC/USDT").out.splitlines()
    assert shown[0] == "max_position of long in BTC/USDT: 0.07 of risk.symbols.BTC/USDT.weight (conf/local.yaml:7)"
    assert len(shown) == 5
    assert all(one.startswith("    looser: ") for one in shown[1:])
    (least,) = explain(keel, "least_size", "--system", "swing")["limits"]
    assert (least["symbol"], least["value"], least["place"]) == ("BTC/USDT", 0.01, "conf/local.yaml:6")


def test_the_profile_may_be_another_for_once(keel: Keel) -> None:
    for profile, value in (("conservative", 0.10), ("moderate", 0.15), ("aggressive", 0.25)):
        found = explain(keel, "max_drawdown", "--profile", profile)["limits"]
        assert {one["system"]: one["value"] for one in found} == {"": value, "swing": 0.1, "long": 0.1}


def test_all_limits_are_each_there_once(keel: Keel) -> None:
    found = explain(keel, "limits")["limits"]
    rows = [(one["limit"], one["system"], one["symbol"]) for one in found]
    assert len(set(rows)) == len(rows)
    assert {one[0] for one in rows} == set(NAMES) - {"least_size"}
    assert {one[1] for one in rows} == {"", "swing", "long"}
    swing = explain(keel, "limits", "--system", "swing")["limits"]
    assert {one["system"] for one in swing} == {"swing"}
    (of_account,) = explain(keel, "max_var", "--system", "swing")["limits"]
    assert of_account["system"] == ""
    assert keel("config", "explain", "least_size").out == "nothing limits least_size\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["risk.limits.max_vr"],
            "no setting or limit is called 'risk.limits.max_vr'; near to it are risk.limits.max_var",
        ),
        (["max_asset"], "near to it are risk.limits.max_asset"),
        (["risk.daily_loss"], "risk.breakers.daily_loss"),
        (["max_positon"], "near to it are max_position"),
        (["risk.profiles.bold"], "no setting or limit is called 'risk.profiles.bold'"),
        (["trading.profil"], "near to it are trading.profile"),
        (["ris"], "no setting or limit is called 'ris'"),
        (["qqqqqq"], "`keel config show` has them all"),
        (["stage", "--system", "swing"], "stage is no limit; leave out --system and --symbol"),
        (["max_position", "--system", "day"], "system 'day' is not known; it is one of swing, long"),
        (["limits", "--profile", "bold"], "flag for trading.profile: trading.profile: found 'bold'"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is_near(arguments: list[str], said: str, keel: Keel) -> None:
    outcome = keel("config", "explain", *arguments, "--json")
    assert outcome.code == 2
    assert said in outcome.sentence
    assert outcome.json == {"error": outcome.sentence, "exit_code": 2}
