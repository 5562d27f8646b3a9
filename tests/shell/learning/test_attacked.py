"""Models that were changed by somebody who seals them again, files that are no files, and what is heard of it."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from later_home import AAA, COUNT, desk_on_copy, settle_with_later
from synthetic import START, SYMBOLS, MemoryTracker, swinging_bars

from data.files import sha256_of
from data.model_files import ModelCard
from models.predictors.duel import Duel
from models.types import BadInput, Damaged, Series, Unavailable
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.edges import UNHEARD, edges_of
from tasks.session.intake import take_in_archive
from tasks.session.learning import speaking, training
from tasks.session.learning.comparing import other_than_registered
from tasks.session.learning.listing import listed_models
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.market import market_view

LATER = 4


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle_with_later(tmp_path_factory.mktemp("later") / "home", LATER)


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_on_copy(template, tmp_path, monkeypatch)


def current(desk: Desk, model: str) -> ModelCard:
    card = desk.models.current(AAA, model)
    assert card is not None
    return card


def sealed_again(desk: Desk, model: str, **changed: Any) -> ModelCard:
    """The speaker with other figures, in a version that fits its card."""
    card = current(desk, model)
    files = desk.models.read(AAA, card)
    body = json.loads(files["speaker.json"])
    for name, figure in changed.items():
        body[name] = body[name] | figure if isinstance(figure, dict) else figure
    files["speaker.json"] = json.dumps(body).encode()
    other = replace(card, files={name: sha256_of(content) for name, content in files.items()}).sealed()
    desk.models.save(AAA, other, files)
    desk.models.make_current(AAA, model, other.version)
    desk.predictions.append(AAA, model, other.version, desk.predictions.read(AAA, model, card.version))
    return other


def cycle(desk: Desk, bar: int) -> tuple[Cycle, list[str]]:
    at = desk.at(START + (bar + 1) * HOUR)
    journal = build_journal(at)
    done = run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
    return done, [one["text"] for one in journal.tables()["alerts_outbox"]]


@pytest.mark.parametrize(
    "changed",
    [
        {"edge": {"slope": -1.0}},
        {"edge": {"slope": 1e300}},
        {"edge": {"slope": 10**400}},
        {"edge": {"confidence": 1.5}},
        {"edge": [1.0, 2.0]},
        {"odds": {"slope": -0.1}},
        {"familiar": {"low": [[0.0]], "high": [[1.0]], "scale": [[1.0]]}},
        {"familiar": {"low": [0.0] * 9, "high": [1.0] * 9, "scale": [1.0] * 9}},
        {"familiar": {"low": [2.0]}},
        {"familiar": [1.0]},
    ],
    ids=str,
)
def test_figures_that_no_training_gives_are_not_traded_on(desk: Desk, changed: dict[str, Any]) -> None:
    sealed_again(desk, "momentum", **changed)
    done, alerts = cycle(desk, COUNT)
    assert done.decision is not None
    assert done.decision.models[AAA.symbol].startswith("momentum=none xgboost=")
    assert len(alerts) == 1
    assert "momentum" in alerts[0]


@pytest.mark.parametrize("name", ["current", "card.json", "speaker.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(desk: Desk, name: str) -> None:
    card, folder = current(desk, "momentum"), next((desk.home / "state" / "models").rglob("symbol=AAA*/**/momentum"))
    path = folder / name if name == "current" else folder / card.version / name
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Damaged, match="regular file"):
        desk.models.read(AAA, desk.models.current(AAA, "momentum") or card)
    done, alerts = cycle(desk, COUNT)
    assert done.decision is not None
    assert done.decision.models[AAA.symbol].startswith("momentum=none ")
    assert len(alerts) == 1


def test_one_trouble_is_one_alert_however_many_bars_it_lasts(desk: Desk) -> None:
    for series in (Series("binance", symbol, "1h") for symbol in SYMBOLS):
        card = desk.models.current(series, "xgboost")
        assert card is not None
        files = desk.models.read(series, card) | {"booster.ubj": b"{L\x00no booster at all"}
        other = replace(card, files={name: sha256_of(body) for name, body in files.items()}).sealed()
        desk.models.save(series, other, files)
        desk.models.make_current(series, "xgboost", other.version)
        desk.predictions.append(
            series, "xgboost", other.version, desk.predictions.read(series, "xgboost", card.version)
        )
    for bar in range(COUNT, COUNT + LATER):
        _, alerts = cycle(desk, bar)
    assert len(alerts) == len(SYMBOLS)


def test_a_locked_store_is_a_trouble_of_that_model_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    append = type(desk.predictions).append

    def locked(self: object, series: Series, model: str, version: str, made: object) -> None:
        if model == "xgboost":
            raise Unavailable("another process has been writing")
        append(self, series, model, version, made)

    monkeypatch.setattr(type(desk.predictions), "append", locked)
    done, alerts = cycle(desk, COUNT)
    assert done.decision is not None
    assert all(text.endswith("xgboost=none") for text in done.decision.models.values())
    assert len(alerts) == len(SYMBOLS)


def test_a_guard_that_is_silent_gives_no_more_than_one_that_speaks(desk: Desk) -> None:
    view = market_view(desk, AAA)
    spoken = spoken_of(desk, view, ("momentum", "xgboost"), Manner.COMPLETE)
    alone = Spoken(spoken.cards, {"momentum": spoken.said["momentum"]}, {})
    heard = np.isfinite(edges_of(desk, view, alone).edge_bps)
    assert heard.sum() > 1000
    assert set(edges_of(desk, view, alone).trust[heard]) == {UNHEARD}
    assert set(edges_of(desk, view, alone).trust[~heard]) == {1.0}
    assert edges_of(desk, view, spoken).trust[-LATER:].max() > UNHEARD


class Registry(MemoryTracker):
    """The files that each version had when it was registered."""

    def __init__(self, files: dict[str, dict[str, bytes]]) -> None:
        super().__init__()
        self.files = files

    def fetch_training(self, series: Series, model: str, version: str) -> dict[str, bytes]:
        if version not in self.files:
            raise BadInput(f"{model} of {series} has no version {version}")
        return self.files[version]


def test_a_version_that_was_sealed_again_is_not_the_registered_one(desk: Desk) -> None:
    def registry() -> dict[str, dict[str, bytes]]:
        return {
            one.version: desk.models.read(AAA, one) for one in (current(desk, "momentum"), current(desk, "xgboost"))
        }

    pinned = registry()
    assert other_than_registered(desk, Registry(pinned), listed_models(desk, [AAA])) == []
    forged = sealed_again(desk, "momentum", edge={"slope": 3.0})
    (text,) = other_than_registered(desk, Registry(pinned), listed_models(desk, [AAA]))
    assert text.startswith(f"momentum {forged.version} of binance AAA/USDT 1h")
    old = pinned | {forged.version: next(iter(pinned.values()))}
    (text,) = other_than_registered(desk, Registry(old), listed_models(desk, [AAA]))
    assert "speaker.json is not what was registered" in text


def test_training_a_parent_trains_the_meta_learner_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "duel", lambda *_: Duel(0, None, None, True, "it is the newer one"))
    train_models = training.train_models
    train_models(desk, AAA, ["meta"], MemoryTracker(), lambda _: None)
    assert speaking.usable_card(desk, AAA, "meta") is not None
    monkeypatch.setenv("KEEL_MODEL__XGBOOST__ROUNDS", "5")
    made = train_models(build_desk(), AAA, ["xgboost"], MemoryTracker(), lambda _: None)
    assert [one.model for one in made] == ["xgboost"]  # of other settings, meta had nobody left to weigh before
    again = train_models(build_desk(), AAA, ["meta"], MemoryTracker(), lambda _: None)
    assert again[0].champion
    take_in_archive(desk, AAA, swinging_bars(1, COUNT + 2 * LATER))
    made = train_models(build_desk(), AAA, ["momentum"], MemoryTracker(), lambda _: None)
    assert [(one.model, one.champion) for one in made] == [("momentum", True), ("meta", True)]
    assert speaking.usable_card(build_desk(), AAA, "meta") is not None
