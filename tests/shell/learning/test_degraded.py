"""Whatever is done to the files of a model, it falls silent as docs/models.md has it, and nothing else does."""

import dataclasses
import importlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from synthetic import SETTINGS, MemoryTracker, swinging_bars

from conf.home import PROJECT
from data.files import sha256_of
from data.lake import Lake
from data.model_files import CARD, CURRENT, ModelCard
from data.predictions import NAMES
from data.sealed import write_sealed
from models.predictors.boosting import save_booster
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, Predictions
from models.types import Damaged, Series
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.backtesting.running import market_of
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.kinds import recipe
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.learning.training import train_models
from tasks.session.learning.versions import NONE, versions_in
from tasks.session.market import MarketView, market_view

AAA = Series("binance", "AAA/USDT", "1h")
SPEAKERS = ("momentum", "xgboost", "lstm", "meta")
COUNT, LEARNT, NOW = 3000, 2900, 2950
# Beginnings of pickles of protocols 2 to 5.
OPCODES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
FORBIDDEN = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"
ENVIRONMENT_MODULE = "tasks.adapters.tracking.environment"
RUN_BY_MLFLOW = ("registered_model.py", "genome_model.py")
BARS = swinging_bars(1, COUNT)
ENVIRONMENT = SETTINGS | {
    "KEEL_TRADING__SYMBOLS": "[AAA/USDT]",
    "KEEL_MODEL__META__MODELS": "[momentum, xgboost, lstm]",
    "KEEL_ROUTER__RULES": f"[{{name: everybody, models: [{', '.join(SPEAKERS)}]}}]",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which four models speak; the network is a file that nobody can load, and has spoken in advance."""
    home = tmp_path_factory.mktemp("template")
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT | {"KEEL_HOME": str(home)})
    desk = build_desk()
    take_in_archive(desk, AAA, BARS.rows(slice(0, LEARNT)))
    train_models(desk, AAA, ("momentum", "xgboost"), MemoryTracker(), lambda _: None)
    _pretend_network(desk)
    train_models(desk, AAA, ("meta",), MemoryTracker(), lambda _: None)
    take_in_archive(desk, AAA, BARS)
    for model in SPEAKERS:
        _older(desk, model)
    spoken_of(desk, _view(desk, NOW - 1), SPEAKERS, Manner.DECIDE)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(template, tmp_path / "home")
    for name, value in (ENVIRONMENT | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return build_desk(as_of=int(BARS.ts[NOW]) + HOUR)


@pytest.fixture(scope="module")
def views(template: Path) -> dict[int, MarketView]:
    """What was there when a bar had closed; it does not depend on models."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ENVIRONMENT | {"KEEL_HOME": str(template)}).items():
            patch.setenv(name, value)
        return {bar: _view(build_desk(), bar) for bar in (NOW, NOW + 1)}


def _view(desk: Desk, bar: int) -> MarketView:
    return market_view(desk, AAA, known_by=int(BARS.ts[bar]) + HOUR)


def _pretend_network(desk: Desk) -> None:
    files = {"speaker.json": b"{}", "network.keras": b"no network"}
    boosted = desk.models.current(AAA, "xgboost")
    assert boosted is not None
    card = _card(boosted, files, model="lstm", recipe=recipe(desk, AAA, "lstm"))
    desk.models.save(AAA, card, files)
    said = desk.predictions.read(AAA, "xgboost", boosted.version)
    later = BARS.ts[LEARNT : NOW + 1]
    figures = [np.full(later.size, figure) for figure in (3.0, 0.2, 0.6, 0.55, 1.0)]
    ahead = Predictions(later, np.full(later.size, FINAL_FOLD), np.full(later.size, card.trained_until), *figures)
    for words in (said, ahead):
        desk.predictions.append(AAA, "lstm", card.version, words)
    desk.models.make_current(AAA, "lstm", card.version)


def _card(like: ModelCard, files: dict[str, bytes], **fields: object) -> ModelCard:
    pinned = {name: sha256_of(body) for name, body in files.items()}
    return dataclasses.replace(like, files=pinned, **fields).sealed()  # type: ignore[arg-type]


def _older(desk: Desk, model: str) -> None:
    """Another sound version, trained a day before the one that speaks."""
    card = _current(desk, model)
    files = desk.models.read(AAA, card)
    files = files | {"speaker.json": files["speaker.json"] + b" "}
    fields = {"trained_at": card.trained_at - DAY, "trained_until": card.trained_until - DAY}
    desk.models.save(AAA, _card(card, files, **fields), files)


def _current(desk: Desk, model: str) -> ModelCard:
    card = desk.models.current(AAA, model)
    assert card is not None
    return card


def _replaced(desk: Desk, model: str, name: str, change: Callable[[bytes], bytes], **fields: object) -> None:
    """A version with one other file, which speaks from now on and fits its card."""
    card = _current(desk, model)
    files = desk.models.read(AAA, card)
    files = files | {name: change(files[name])}
    made = _card(card, files, **fields)
    desk.models.save(AAA, made, files)
    desk.models.make_current(AAA, model, made.version)


def _folder(desk: Desk, model: str) -> Path:
    return Lake(desk.models.root).folder("models", AAA) / model


def _flipped(content: bytes) -> bytes:
    return content[:9] + bytes([content[9] ^ 1]) + content[10:]


Damage = Callable[[Desk, str], None]


def _to(name: str, change: Callable[[bytes], bytes | None]) -> Damage:
    """Change a file of the version that speaks, or the pointer; None deletes it."""

    def damage(desk: Desk, model: str) -> None:
        path = _folder(desk, model) / name.format(_current(desk, model).version)
        content = change(path.read_bytes())
        path.unlink() if content is None else path.write_bytes(content)

    return damage


def _swap(name: str) -> Damage:
    def damage(desk: Desk, model: str) -> None:
        one, two = (_folder(desk, model) / card.version / name for card in desk.models.versions(AAA, model))
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)

    return damage


def _backdate_and_seal(desk: Desk, model: str) -> None:
    card = _current(desk, model)
    path = _folder(desk, model) / card.version / CARD
    path.write_text(json.dumps(dataclasses.asdict(dataclasses.replace(card, trained_until=0).sealed())))


def _age(desk: Desk, model: str) -> None:
    """A sound version that is too old."""
    _replaced(desk, model, "speaker.json", bytes, trained_until=_current(desk, model).trained_until - 400 * DAY)


def _other_recipe(desk: Desk, model: str) -> None:
    _replaced(desk, model, "speaker.json", bytes, recipe="of other settings")


CARDS: dict[str, Damage] = {
    "pointer is nonsense": _to(CURRENT, lambda _: b"0123456789ab"),
    "pointer is empty": _to(CURRENT, lambda _: b""),
    "pointer is flipped": _to(CURRENT, _flipped),
    "pointer is gone": _to(CURRENT, lambda _: None),
    "pointer to nowhere": lambda desk, model: write_sealed(_folder(desk, model) / CURRENT, {"version": "f" * 12}),
    "folder is gone": lambda desk, model: shutil.rmtree(_folder(desk, model)),
    "version is gone": lambda desk, model: shutil.rmtree(_folder(desk, model) / _current(desk, model).version),
    "card is gone": _to("{}/card.json", lambda _: None),
    "card is empty": _to("{}/card.json", lambda _: b""),
    "card is cut": _to("{}/card.json", lambda content: content[:200]),
    "card is flipped": _to("{}/card.json", _flipped),
    "card is back-dated": _to(
        "{}/card.json", lambda content: content.replace(b'"trained_until": 1', b'"trained_until": ')
    ),
    "card is back-dated and sealed": _backdate_and_seal,
    "cards are swapped": _swap(CARD),
    "too old": _age,
    "other recipe": _other_recipe,
}
FILES: dict[str, Damage] = {
    "file is gone": _to("{}/speaker.json", lambda _: None),
    "file is empty": _to("{}/speaker.json", lambda _: b""),
    "file is cut": _to("{}/speaker.json", lambda content: content[:-1]),
    "file is flipped": _to("{}/speaker.json", lambda content: content[:1] + bytes([content[1] ^ 1]) + content[2:]),
    "files are swapped": _swap("speaker.json"),
    "a file more": lambda desk, model: (
        (_folder(desk, model) / _current(desk, model).version / "more.pkl").write_bytes(b"\x80\x04.") and None
    ),
    "no JSON": lambda desk, model: _replaced(desk, model, "speaker.json", lambda _: b"\x80\x04."),
    "no figures": lambda desk, model: _replaced(desk, model, "speaker.json", lambda _: b"{}"),
}
# Instead of the slope of the edge.
FIGURES = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "overflow": "1e999",
    "text": '"high"',
    "a list": "[1.0, 2.0]",
    "null": "null",
}


def _with_slope(figure: str) -> Damage:
    def change(content: bytes) -> bytes:
        fields = json.loads(content)
        fields["edge"]["slope"] = "here"
        return json.dumps(fields).replace('"here"', figure).encode()

    return lambda desk, model: _replaced(desk, model, "speaker.json", change)


def _speaking(spoken: Spoken) -> set[str]:
    return {model for model, said in spoken.said.items() if said.spoken[-1]}


def _decided(desk: Desk, view: MarketView) -> Spoken:
    return spoken_of(desk, view, SPEAKERS, Manner.DECIDE)


def test_all_of_them_speak_when_nothing_is_wrong(desk: Desk, views: dict[int, MarketView]) -> None:
    spoken = _decided(desk, views[NOW])
    assert (_speaking(spoken), spoken.troubles) == (set(SPEAKERS), {})
    later = _decided(desk, views[NOW + 1])
    assert (_speaking(later), later.troubles) == (set(SPEAKERS) - {"lstm"}, {})
    assert later.said["lstm"].fold[-1] == LATE_FOLD


@pytest.mark.parametrize("model", SPEAKERS)
@pytest.mark.parametrize("damage", CARDS.values(), ids=CARDS.keys())
def test_who_cannot_be_trusted_is_silent_with_those_that_weigh_it(
    desk: Desk, views: dict[int, MarketView], damage: Damage, model: str
) -> None:
    damage(desk, model)
    spoken = _decided(desk, views[NOW])
    silent = {model, "meta"}
    assert (_speaking(spoken), set(spoken.troubles)) == (set(SPEAKERS) - silent, silent)
    assert all("run keel train --model" in why for why in spoken.troubles.values())
    again = _decided(desk, views[NOW + 1])
    assert again.troubles == spoken.troubles, "an alert for each bar"


@pytest.mark.parametrize("model", ["momentum", "xgboost", "meta"])
@pytest.mark.parametrize("damage", FILES.values(), ids=FILES.keys())
def test_who_cannot_be_loaded_is_silent_alone(
    desk: Desk, views: dict[int, MarketView], damage: Damage, model: str
) -> None:
    damage(desk, model)
    spoken = _decided(desk, views[NOW])
    version_changed = model != "meta" and _current(desk, model).version != _current(desk, "meta").parents[model]
    silent = {model, "meta"} if version_changed else {model}
    assert (_speaking(spoken), set(spoken.troubles)) == (set(SPEAKERS) - silent, silent)
    assert all("train" in why for why in spoken.troubles.values())


@pytest.mark.parametrize("damage", FILES.values(), ids=FILES.keys())
def test_a_network_that_cannot_be_loaded_says_nothing_in_its_own_process(
    desk: Desk, views: dict[int, MarketView], damage: Damage
) -> None:
    damage(desk, "lstm")
    spoken = spoken_of(desk, views[NOW + 1], ("lstm",), Manner.COMPLETE)
    assert (_speaking(spoken), set(spoken.troubles)) == (set(), {"lstm"})


@pytest.mark.parametrize("model", ["momentum", "xgboost", "meta"])
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_who_gives_no_numbers_is_silent(desk: Desk, views: dict[int, MarketView], figure: str, model: str) -> None:
    _with_slope(figure)(desk, model)
    spoken = _decided(desk, views[NOW])
    assert model in spoken.troubles
    assert _speaking(spoken) == set(SPEAKERS) - {model, "meta"}
    version = _current(desk, model).version
    assert desk.predictions.read(AAA, model, version).ts.size == 0, "what is no number was stored"


def test_a_booster_of_other_features_is_silent(desk: Desk, views: dict[int, MarketView]) -> None:
    rng = np.random.default_rng(1)
    data = xgb.DMatrix(rng.normal(size=(60, 3)), label=rng.integers(0, 2, 60))
    other = save_booster(xgb.train({"objective": "binary:logistic", "nthread": 1}, data, 2))
    _replaced(desk, "xgboost", "booster.ubj", lambda _: other)
    spoken = _decided(desk, views[NOW])
    assert _speaking(spoken) == {"momentum", "lstm"}
    assert set(spoken.troubles) == {"xgboost", "meta"}


@pytest.mark.parametrize("model", ["momentum", "xgboost"])
def test_an_older_version_may_speak_again(desk: Desk, views: dict[int, MarketView], model: str) -> None:
    older, newer = desk.models.versions(AAA, model)
    desk.models.make_current(AAA, model, older.version)
    spoken = _decided(desk, views[NOW])
    assert spoken.cards[model].version == older.version != newer.version
    assert _speaking(spoken) == set(SPEAKERS) - {"meta"}
    assert set(spoken.troubles) == {"meta"}, "it weighs the newer one"


def test_times_of_files_mean_nothing(desk: Desk, views: dict[int, MarketView]) -> None:
    for path in desk.models.root.rglob("*"):
        os.utime(path, (0.0, 0.0))
    spoken = _decided(desk, views[NOW])
    assert (_speaking(spoken), spoken.troubles) == (set(SPEAKERS), {})


def test_what_was_never_trained_is_no_trouble(desk: Desk, views: dict[int, MarketView]) -> None:
    spoken = spoken_of(desk, views[NOW], ("momentum", "reversion"), Manner.DECIDE)
    assert (_speaking(spoken), spoken.troubles) == ({"momentum"}, {})


def test_damaged_predictions_silence_their_model(desk: Desk, views: dict[int, MarketView]) -> None:
    dataset = desk.predictions._dataset(AAA, "xgboost", _current(desk, "xgboost").version)
    path = dataset.folder / dataset.manifest().parts[0].path
    path.write_bytes(_flipped(path.read_bytes()))
    spoken = _decided(desk, views[NOW])
    assert _speaking(spoken) == {"momentum", "lstm"}
    assert "keel data repair" in spoken.troubles["xgboost"]


def _cycle(desk: Desk, bar: int) -> Cycle:
    at = desk.at(int(BARS.ts[bar]) + HOUR)
    journal = build_journal(at)
    return run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


@pytest.mark.parametrize(
    ("model", "damage", "silent"),
    [
        ("momentum", FILES["file is flipped"], {"momentum"}),
        ("xgboost", _with_slope("NaN"), {"xgboost", "meta"}),
        ("lstm", CARDS["pointer is nonsense"], {"lstm", "meta"}),
        ("meta", CARDS["folder is gone"], {"meta"}),
    ],
)
def test_the_cycle_goes_on_with_the_others_and_alerts_once(
    desk: Desk, model: str, damage: Damage, silent: set[str]
) -> None:
    damage(desk, model)
    first, second = _cycle(desk, NOW), _cycle(desk, NOW + 1)
    assert first.decision is not None
    assert second.decision is not None
    for cycle in (first, second):
        named = {model for model, version in versions_in(cycle.decision.models["AAA/USDT"]).items() if version != NONE}
        assert named == set(SPEAKERS) - silent
    alerts = [row["key"] for row in build_journal(desk).tables()["alerts_outbox"] if row["key"].startswith("model ")]
    assert sorted(key.removeprefix(f"model {AAA} ").split()[0] for key in alerts) == sorted(silent)


def test_a_backtest_fails_where_a_model_was_changed(desk: Desk) -> None:
    CARDS["card is flipped"](desk, "xgboost")
    with pytest.raises(Damaged, match=r"card\.json.*keel train --model xgboost"):
        market_of(desk, configured_book(desk, timed=True), MemoryTracker(), lambda _: None)


def test_a_backtest_trains_what_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import tasks.session.backtesting.running as running

    trained: list[str] = []
    monkeypatch.setattr(running, "train_models", lambda _desk, _series, models, *_: trained.extend(models))
    monkeypatch.setattr(running, "market_view", lambda *_: (_ for _ in ()).throw(Damaged("far enough")))
    for model in ("momentum", "meta"):
        CARDS["folder is gone"](desk, model)
    with pytest.raises(Damaged, match="far enough"):
        market_of(desk, configured_book(desk, timed=True), MemoryTracker(), lambda _: None)
    assert trained == ["momentum", "meta"]


def test_no_artifact_is_a_pickle(template: Path) -> None:
    files = [path for path in template.rglob("*") if path.is_file()]
    assert {".ubj", ".keras", ".json", ".parquet"} <= {path.suffix for path in files}
    assert [path for path in files if path.suffix in (".pkl", ".pickle", ".joblib", ".dill", ".p")] == []
    assert [path for path in files if path.read_bytes()[:2] in OPCODES] == []


def test_mlflow_finds_pickles_forbidden_wherever_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORBIDDEN, "true")
    importlib.reload(importlib.import_module(ENVIRONMENT_MODULE))
    assert os.environ[FORBIDDEN] == "false"
    importing = re.compile(r"^ *(import|from) mlflow\b", re.MULTILINE)
    sources = {path: path.read_text() for room in ("tasks", "flows") for path in (PROJECT / room).rglob("*.py")}
    users = [path for path, text in sources.items() if importing.search(text) and path.name not in RUN_BY_MLFLOW]
    assert users
    for path in users:
        found = re.search(r"^from tasks\.adapters\.tracking import environment\b", sources[path], re.MULTILINE)
        first = importing.search(sources[path])
        assert found is not None, path
        assert first is not None
        assert found.start() < first.start(), path


def test_the_words_of_a_silent_model_stay(desk: Desk, views: dict[int, MarketView]) -> None:
    version = _current(desk, "xgboost").version
    before = desk.predictions.read(AAA, "xgboost", version)
    CARDS["pointer is gone"](desk, "xgboost")
    _decided(desk, views[NOW])
    after = desk.predictions.read(AAA, "xgboost", version)
    assert all(getattr(after, name).tobytes() == getattr(before, name).tobytes() for name in NAMES)
