"""Files of defaults that have no key in common, and what every layer overrode."""

from pathlib import Path

import pytest

from conf import load
from models.types import BadInput


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("base.yaml", "risk: {kelly_fraction: 0.1}\n", "risk.kelly_fraction belongs into conf/risk_params.yml"),
        ("base.yaml", "risk: {}\n", "risk belongs into conf/risk_params.yml"),
        ("risk_params.yml", "stage: paper\n", "stage belongs into conf/base.yaml"),
        ("risk_params.yml", "model: {folds: 3}\n", "model.folds belongs into conf/base.yaml"),
        ("base.yaml", "router: {damp_after: 3}\n", "router.damp_after belongs into conf/model_router_rules.yml"),
        ("risk_params.yml", "router: {}\n", "router belongs into conf/model_router_rules.yml"),
        ("model_router_rules.yml", "risk: {}\n", "risk belongs into conf/risk_params.yml"),
        ("model_router_rules.yml", "stage: paper\n", "stage belongs into conf/base.yaml"),
    ],
)
def test_no_key_has_two_defaults(name: str, text: str, said: str, conf_folder: Path) -> None:
    written = (conf_folder / name).read_text().rstrip() + "\n"
    (conf_folder / name).write_text(written + text)
    with pytest.raises(BadInput, match=rf"conf/{name}:{len(written.splitlines()) + 1}: the key {said}"):
        load(folder=conf_folder)


def test_every_layer_that_was_overridden_is_kept_the_nearest_first(
    conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (conf_folder / "local.yaml").write_text("trading: {profile: aggressive}\n")
    monkeypatch.setenv("KEEL_TRADING__PROFILE", "moderate")
    loaded = load({"trading.profile": "conservative", "trading.capital": 5.0}, folder=conf_folder)
    found = [(one.value, one.layer) for one in loaded.overridden["trading", "profile"]]
    assert found == [
        ("moderate", "environment"),
        ("aggressive", "conf/local.yaml"),
        ("conservative", "conf/stages/exploration.yaml"),
        ("moderate", "conf/base.yaml"),
    ]
    assert [one.value for one in loaded.overridden["trading", "capital"]] == [10_000.0]
    assert ("trading", "timeframe") not in loaded.overridden
    assert set(loaded.overridden) <= set(loaded.leaves)


@pytest.mark.parametrize("text", ["risk: " + "[" * 100_000, "risk: " + "{a: " * 60 + "1" + "}" * 60])
def test_a_file_that_is_nested_too_deep_ends_no_process(text: str, conf_folder: Path) -> None:
    """libyaml follows the nesting by recursion: a hundred thousand brackets once ended every process that read them."""
    (conf_folder / "local.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"conf/local\.yaml:1: nested more than 50 deep"):
        load(folder=conf_folder)


def test_a_variable_that_is_nested_too_deep_is_text(conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_TRADING__SYMBOLS", "[" * 100_000)
    with pytest.raises(BadInput, match="environment KEEL_TRADING__SYMBOLS"):
        load(folder=conf_folder)


def test_a_link_to_nowhere_is_no_absent_file(conf_folder: Path) -> None:
    """Tighter limits may have stood there."""
    (conf_folder / "local.yaml").symlink_to(conf_folder / "gone.yaml")
    with pytest.raises(BadInput, match=r"conf/local\.yaml: cannot be read"):
        load(folder=conf_folder)


def test_a_group_that_the_environment_gives_as_a_whole_is_the_place_of_its_keys(
    conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_RISK__SYMBOLS", '{"SP500": {"size_range": [0.01, 0.02]}}')
    loaded = load(folder=conf_folder)
    assert loaded.place(("risk", "symbols", "SP500", "size_range")) == "environment KEEL_RISK__SYMBOLS"
    assert loaded.place(("risk", "symbols", "SP500", "weight")) == "default of its schema"
