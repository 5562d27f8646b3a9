"""Model files are what their card says or are not used; of each kind one version speaks."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from data.files import sha256_of
from data.lake import Lake
from data.model_files import CARD, CURRENT, ModelCard, ModelFiles
from data.sealed import write_sealed
from data.verify import verify_models
from models.types import BadInput, Damaged, Series
from models.types.speakers import MODELS
from models.types.timeframes import DAY

BTC, ETH = Series("binance", "BTC/USDT", "1h"), Series("kraken", "ETH/USD", "1d")
FILES = {"speaker.json": b'{"slope": 1.5}', "booster.ubj": bytes(range(200))}


@pytest.fixture
def models(tmp_path: Path) -> ModelFiles:
    return ModelFiles(tmp_path)


def _card(model: str = "xgboost", trained_at: int = DAY, files: dict[str, bytes] = FILES) -> ModelCard:
    return ModelCard(
        model=model,
        version="",
        files={name: sha256_of(body) for name, body in files.items()},
        recipe="0123",
        horizon=24,
        trained_from=0,
        trained_until=trained_at - 1,
        trained_at=trained_at,
        data_sha256="4567",
        parents={"momentum": "0123456789ab"} if model == "meta" else {},
        performance={"in_sample": 0.25, "out_of_sample": -1e-3},
    ).sealed()


def _saved(models: ModelFiles, card: ModelCard, series: Series = BTC, current: bool = True) -> ModelCard:
    models.save(series, card, FILES)
    if current:
        models.make_current(series, card.model, card.version)
    return card


def _folder(models: ModelFiles, model: str = "xgboost", series: Series = BTC) -> Path:
    return Lake(models.root).folder("models", series) / model


@pytest.mark.parametrize("model", MODELS)
def test_what_was_saved_comes_back(models: ModelFiles, model: str) -> None:
    card = _saved(models, _card(model))
    assert models.current(BTC, model) == models.card(BTC, model, card.version) == card
    assert models.current_version(BTC, model) == card.version
    assert models.read(BTC, card) == FILES
    assert models.versions(BTC, model) == (card,)
    assert models.challenger(BTC, model) is None
    assert models.current(ETH, model) is None


def test_before_the_first_training_there_is_nothing(models: ModelFiles) -> None:
    assert models.current(BTC, "meta") is None
    assert models.challenger(BTC, "meta") is None
    assert models.versions(BTC, "meta") == ()
    with pytest.raises(BadInput, match="none yet"):
        models.card(BTC, "meta", "0123456789ab")
    with pytest.raises(BadInput, match="none yet"):
        models.make_current(BTC, "meta", "0123456789ab")
    assert list(models.checked()) == []


def test_the_challenger_is_what_was_trained_after_the_one_that_speaks(models: ModelFiles) -> None:
    old, new, newest = (_card(trained_at=day * DAY) for day in (3, 4, 5))
    _saved(models, new)
    _saved(models, old, current=False)
    assert models.challenger(BTC, "xgboost") is None
    _saved(models, newest, current=False)
    assert models.challenger(BTC, "xgboost") == newest
    assert models.versions(BTC, "xgboost") == (old, new, newest)
    models.make_current(BTC, "xgboost", newest.version)
    assert models.challenger(BTC, "xgboost") is None
    models.make_current(BTC, "xgboost", old.version)
    assert (models.current(BTC, "xgboost"), models.challenger(BTC, "xgboost")) == (old, newest)


def test_times_of_files_mean_nothing(models: ModelFiles) -> None:
    old, new = _saved(models, _card(trained_at=3 * DAY)), _saved(models, _card(trained_at=4 * DAY), current=False)
    for path in _folder(models).rglob("*"):
        os.utime(path, (9.0, 9.0) if new.version in str(path) else (1e9, 1e9))
    assert (models.current(BTC, "xgboost"), models.challenger(BTC, "xgboost")) == (old, new)
    assert models.read(BTC, new) == FILES


def test_a_training_that_was_cut_off_is_no_version(models: ModelFiles) -> None:
    card = _saved(models, _card())
    cut = _folder(models) / "ffffffffffff"
    cut.mkdir()
    (cut / "booster.ubj").write_bytes(b"half of it")
    (_folder(models) / card.version / ".writing-abc").write_bytes(b"half of it")
    assert models.versions(BTC, "xgboost") == (card,)
    assert models.read(BTC, card) == FILES
    assert [why for _, why in models.checked()] == [None] * 4


def test_what_an_earlier_keel_left_is_no_model(models: ModelFiles) -> None:
    series = Lake(models.root).folder("models", BTC)
    old = series / "0123456789ab"
    old.mkdir(parents=True)
    (series / CURRENT).write_text("0123456789ab")
    (old / CARD).write_text('{"version": "0123456789ab", "booster_sha256": "4567"}')
    (old / "booster.ubj").write_bytes(b"old")
    assert all(models.current(BTC, model) is None for model in MODELS)
    assert models.series() == []
    card = _saved(models, _card())
    assert models.current(BTC, "xgboost") == card
    assert {path.parent.name for path, why in models.checked() if why is None} == {"xgboost", card.version}


Spoil = Callable[[ModelFiles, ModelCard, ModelCard], None]


def _write(name: str, content: bytes) -> Spoil:
    return lambda models, card, _: (_folder(models) / name.format(card.version)).write_bytes(content) and None


def _edit(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(models: ModelFiles, card: ModelCard, _: ModelCard) -> None:
        path = _folder(models) / name.format(card.version)
        path.write_bytes(change(path.read_bytes()))

    return spoil


def _unlink(name: str) -> Spoil:
    return lambda models, card, _: (_folder(models) / name.format(card.version)).unlink()


def _as_folder(name: str) -> Spoil:
    def spoil(models: ModelFiles, card: ModelCard, _: ModelCard) -> None:
        path = _folder(models) / name.format(card.version)
        path.unlink()
        path.mkdir()

    return spoil


def _swap(name: str) -> Spoil:
    def spoil(models: ModelFiles, card: ModelCard, other: ModelCard) -> None:
        one, two = (_folder(models) / version / name for version in (card.version, other.version))
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)

    return spoil


def _point(version: object) -> Spoil:
    return lambda models, _, __: write_sealed(_folder(models) / CURRENT, {"version": version})


def _resealed(**fields: object) -> Spoil:
    """The card with other fields, sealed again, where the old one was."""

    def spoil(models: ModelFiles, card: ModelCard, _: ModelCard) -> None:
        changed = replace(card, **fields).sealed()  # type: ignore[arg-type]
        path = _folder(models) / card.version / CARD
        path.write_text(json.dumps(asdict(changed)))

    return spoil


def _moved(**fields: object) -> Spoil:
    """The card with other fields, sealed again, in a folder of its new name, which the pointer names."""

    def spoil(models: ModelFiles, card: ModelCard, _: ModelCard) -> None:
        changed = replace(card, **fields).sealed()  # type: ignore[arg-type]
        target = _folder(models) / changed.version
        (_folder(models) / card.version).rename(target)
        (target / CARD).write_text(json.dumps(asdict(changed)))
        write_sealed(_folder(models) / CURRENT, {"version": changed.version})

    return spoil


def _flip(content: bytes) -> bytes:
    return content[:9] + bytes([content[9] ^ 1]) + content[10:]


def _back_dated(content: bytes) -> bytes:
    return content.replace(b'"trained_until": ', b'"trained_until": 9')


POINTER = {
    "nonsense": _write(CURRENT, b"0123456789ab"),
    "empty pointer": _write(CURRENT, b""),
    "flipped pointer": _edit(CURRENT, _flip),
    "half a pointer": _edit(CURRENT, lambda content: content[:60]),
    "pointer is a folder": _as_folder(CURRENT),
    "no such version": _point("ffffffffffff"),
    "up the tree": _point("../../xgboost"),
    "no text": _point(["0123456789ab"]),
    "no card": _unlink("{}/card.json"),
}
CARDS = {
    "empty card": _write("{}/card.json", b""),
    "flipped card": _edit("{}/card.json", _flip),
    "half a card": _edit("{}/card.json", lambda content: content[: len(content) // 2]),
    "card is a folder": _as_folder("{}/card.json"),
    "back-dated": _edit("{}/card.json", _back_dated),
    "a field more": _edit("{}/card.json", lambda content: content.replace(b"{", b'{"more": 1, ', 1)),
    "no object": _write("{}/card.json", b"[1, 2]"),
    "of another version": _swap("card.json"),
    "back-dated and sealed again": _resealed(trained_until=0),
    "of another model": _moved(model="meta"),
    "a time that is text": _moved(trained_until="2020"),
    "a file elsewhere": _moved(files={"../booster.ubj": "0" * 64}),
    "a pickle": _moved(files={"booster.pkl": "0" * 64}),
    "pins itself": _moved(files={CARD: "0" * 64}),
    "figures that are none": _moved(performance={"in_sample": "high"}),
}
PARTS = {
    "no booster": _unlink("{}/booster.ubj"),
    "no figures": _unlink("{}/speaker.json"),
    "empty booster": _write("{}/booster.ubj", b""),
    "flipped booster": _edit("{}/booster.ubj", _flip),
    "half a booster": _edit("{}/booster.ubj", lambda content: content[:100]),
    "booster is a folder": _as_folder("{}/booster.ubj"),
    "a file more": _write("{}/more.json", b"{}"),
    "a pickle beside": _write("{}/booster.pkl", b"\x80\x04."),
    "of another version": _swap("booster.ubj"),
}


def _two(models: ModelFiles) -> tuple[ModelCard, ModelCard]:
    """The one that speaks and an older one with other files; both of another model and series too."""
    other = {name: body[::-1] for name, body in FILES.items()}
    older = _card(trained_at=DAY // 2, files=other)
    models.save(BTC, older, other)
    _saved(models, _card("meta"))
    _saved(models, _card(), series=ETH)
    return _saved(models, _card()), older


@pytest.mark.parametrize(("name", "spoil"), (POINTER | CARDS).items(), ids=(POINTER | CARDS).keys())
def test_no_damaged_pointer_or_card_is_believed(models: ModelFiles, name: str, spoil: Spoil) -> None:
    card, older = _two(models)
    spoil(models, card, older)
    with pytest.raises(Damaged, match="run keel train --model xgboost again"):
        models.current(BTC, "xgboost")
    _others_speak(models)
    assert (card in models.versions(BTC, "xgboost")) == (name in POINTER and name != "no card")
    named = [path for path, why in models.checked() if why is not None]
    wanted = CURRENT if name in POINTER else CARD
    assert wanted in [path.name for path in named]
    assert all(path.is_relative_to(_folder(models)) for path in named)


@pytest.mark.parametrize("spoil", PARTS.values(), ids=PARTS.keys())
def test_no_damaged_file_is_read(models: ModelFiles, spoil: Spoil) -> None:
    card, older = _two(models)
    spoil(models, card, older)
    assert models.current(BTC, "xgboost") == card
    with pytest.raises(Damaged, match="keel train --model xgboost again"):
        models.read(BTC, card)
    _others_speak(models)
    found = verify_models(models, lambda _: None)
    assert {one.path.parent.name for one in found.damaged} <= {card.version, older.version}
    assert found.damaged
    assert all(str(one.path) in one.reason for one in found.damaged)


def _others_speak(models: ModelFiles) -> None:
    for series, model in ((BTC, "meta"), (ETH, "xgboost")):
        card = models.current(series, model)
        assert card is not None
        assert models.read(series, card) == FILES


def test_a_folder_that_is_gone_is_no_model_and_the_rest_is_none_of_its_business(models: ModelFiles) -> None:
    card, older = _two(models)
    for path in (_folder(models) / card.version).iterdir():
        path.unlink()
    with pytest.raises(Damaged):
        models.current(BTC, "xgboost")
    models.make_current(BTC, "xgboost", older.version)
    assert models.current(BTC, "xgboost") == older
    for path in sorted(_folder(models).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert models.current(BTC, "xgboost") is None
    _others_speak(models)


def test_a_challenger_that_is_damaged_is_none(models: ModelFiles) -> None:
    card = _saved(models, _card())
    later = _saved(models, _card(trained_at=9 * DAY), current=False)
    (_folder(models) / later.version / CARD).write_bytes(b"")
    assert models.challenger(BTC, "xgboost") is None
    with pytest.raises(Damaged):
        models.make_current(BTC, "xgboost", later.version)
    assert models.current(BTC, "xgboost") == card


@pytest.mark.parametrize(
    ("card", "files"),
    [
        (_card(), FILES | {"more.json": b"{}"}),
        (_card(), {"speaker.json": FILES["speaker.json"]}),
        (_card(), FILES | {"booster.ubj": b"other"}),
        (replace(_card(), trained_until=0), FILES),
        (_card(files={"model.pkl": b"x"}), {"model.pkl": b"x"}),
        (_card(files={"../x.json": b"x"}), {"../x.json": b"x"}),
        (_card(files={CARD: b"x"}), {CARD: b"x"}),
    ],
)
def test_what_the_card_does_not_pin_is_not_saved(models: ModelFiles, card: ModelCard, files: dict[str, bytes]) -> None:
    with pytest.raises(BadInput):
        models.save(BTC, card, files)
    assert list(models.root.iterdir()) == []


def test_everything_is_named_once_and_sound(models: ModelFiles) -> None:
    card, older = _two(models)
    found = verify_models(models, lambda _: None)
    assert (found.files, found.damaged) == (3 + 4 * 3, ())
    assert models.series() == [BTC, ETH]
    paths = [path for path, _ in models.checked()]
    assert len(set(paths)) == len(paths)
    assert {card.version, older.version} <= {path.parent.name for path in paths}
