"""Two files of defaults that have no key in common, and what every layer overrode."""

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
