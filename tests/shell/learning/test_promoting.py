"""A person lets a stored version of a model speak: in the registry first, then here, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthetic import MemoryTracker

from data.files import sha256_of
from data.model_files import ModelCard
from models.types import BadInput, Damaged, KeelError, Refused, Series, Unavailable
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.learning.kinds import recipe
from tasks.session.learning.promoting import promote_models, require_one_kind
from tasks.session.learning.wanted import wanted_models

BTC, ETH = (Series("binance", symbol, "1h") for symbol in ("BTC/USDT", "ETH/USDT"))


class Registry(MemoryTracker):
    """Knows of every version."""

    def __init__(self, down: bool = False) -> None:
        super().__init__()
        self.down = down

    def promote_training(self, series: Series, model: str, version: str) -> None:
        if self.down:
            raise Unavailable("MLflow did not take the promotion")
        self.champions[f"{model} {series.symbol}"] = version


def desk_of(home: Path, *symbols: str) -> Desk:
    return build_desk({"trading.venue": "binance", "trading.symbols": symbols, "trading.timeframe": "1h"}, folder=home)


def card_of(desk: Desk, series: Series, trained_at: int, body: bytes = b"{}") -> ModelCard:
    card = ModelCard(
        model="momentum",
        version="",
        files={"speaker.json": sha256_of(body)},
        recipe=recipe(desk, series, "momentum"),
        horizon=24,
        trained_from=0,
        trained_until=trained_at,
        trained_at=trained_at,
        data_sha256="d" * 64,
        parents={},
        performance={},
    )
    return card.sealed()


@pytest.fixture
def desk(tmp_path: Path, keel_home: Path) -> Desk:
    return desk_of(tmp_path, "BTC/USDT")


@pytest.fixture
def versions(desk: Desk) -> list[str]:
    """A champion and two later versions, oldest first."""
    cards = [card_of(desk, BTC, moment) for moment in (1, 2, 3)]
    for card in cards:
        desk.models.save(BTC, card, {"speaker.json": b"{}"})
    desk.models.make_current(BTC, "momentum", cards[0].version)
    return [card.version for card in cards]


def test_the_newest_speaks_where_none_is_named(desk: Desk, versions: list[str]) -> None:
    registry = Registry()
    (made,) = promote_models(desk, registry, "momentum", None)
    assert desk.models.current_version(BTC, "momentum") == versions[2]
    assert registry.champions == {"momentum BTC/USDT": versions[2]}
    assert made.as_json() == {
        "series": "binance BTC/USDT 1h",
        "model": "momentum",
        "version": versions[2],
        "before": versions[0],
        "promoted": True,
        "text": f"binance BTC/USDT 1h momentum: version {versions[2]} speaks from now on instead of {versions[0]}",
    }


def test_any_stored_version_speaks_where_it_is_named_and_twice_is_once(desk: Desk, versions: list[str]) -> None:
    for _ in range(2):
        promote_models(desk, Registry(), "momentum", versions[1])
        assert desk.models.current_version(BTC, "momentum") == versions[1]
    promote_models(desk, Registry(), "momentum", versions[0])
    assert desk.models.current_version(BTC, "momentum") == versions[0]


def test_a_pointer_that_cannot_be_read_is_replaced(desk: Desk, versions: list[str]) -> None:
    (pointer,) = (path for path in desk.models.root.rglob("*") if path.is_file() and path.parent.name == "momentum")
    pointer.write_bytes(b"?")
    with pytest.raises(Damaged):
        promote_models(desk, Registry(), "momentum", None)
    promote_models(desk, Registry(), "momentum", versions[1])
    assert desk.models.current_version(BTC, "momentum") == versions[1]


def spoilt(desk: Desk, versions: list[str]) -> None:
    (path,) = desk.models.root.rglob(f"{versions[2]}/speaker.json")
    path.write_bytes(b"[]")


def other_settings(desk: Desk, versions: list[str]) -> None:
    card = replace(card_of(desk, BTC, 9), recipe="r" * 16).sealed()
    desk.models.save(BTC, card, {"speaker.json": b"{}"})


@pytest.mark.parametrize(
    ("model", "version", "prepare", "down", "error", "sentence"),
    [
        ("oracle", None, None, False, BadInput, "found 'oracle', allowed is one of momentum, .*meta"),
        ("momentum", "0" * 12, None, False, BadInput, "found '000000000000', allowed is one of"),
        ("xgboost", None, None, False, BadInput, "no challenger of xgboost; keel train --model xgboost"),
        ("momentum", None, spoilt, False, Damaged, "speaker.json"),
        ("momentum", None, other_settings, False, Refused, "trained by other settings .* would say nothing"),
        ("momentum", None, None, True, Unavailable, "MLflow did not take the promotion"),
    ],
)
def test_what_speaks_against_it_changes_nothing(
    model: str,
    version: str | None,
    prepare: Callable[[Desk, list[str]], None] | None,
    down: bool,
    error: type[KeelError],
    sentence: str,
    desk: Desk,
    versions: list[str],
) -> None:
    if prepare is not None:
        prepare(desk, versions)
    registry = Registry(down)
    with pytest.raises(error, match=sentence):
        promote_models(desk, registry, model, version)
    assert desk.models.current_version(BTC, "momentum") == versions[0]
    assert registry.champions == {}


def test_where_one_series_cannot_none_is_promoted(desk: Desk, versions: list[str], tmp_path: Path) -> None:
    registry = Registry()
    with pytest.raises(BadInput, match="ETH/USDT 1h has no challenger"):
        promote_models(desk_of(tmp_path, "BTC/USDT", "ETH/USDT"), registry, "momentum", None)
    assert (desk.models.current_version(BTC, "momentum"), registry.champions) == (versions[0], {})


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ((None, None, None, None, {}), "found neither"),
        (("crisis", None, "xgboost", None, {}), "found crisis and xgboost"),
        ((None, "run", "xgboost", None, {}), "found --run beside --model"),
        (("crisis", None, None, "v", {}), "found --version or a series beside a specialist"),
        (("crisis", None, None, None, {"trading.symbols": ["BTC/USDT"]}), "go with --model"),
    ],
)
def test_a_specialist_or_a_model_is_asked_for(asked: Any, sentence: str, keel: Any) -> None:
    with pytest.raises(BadInput, match=sentence):
        require_one_kind(*asked)
    require_one_kind("crisis", "run", None, None, {"trading.venue": None})
    require_one_kind(None, None, "xgboost", "v", {"trading.venue": "binance"})


def test_the_command_promotes(desk: Desk, versions: list[str], keel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.commands.evolution

    monkeypatch.setenv("KEEL_HOME", str(desk.home))
    monkeypatch.setattr(flows.commands.evolution, "build_tracker", lambda _: Registry())
    book = ("--venue", "binance", "--symbol", "BTC/USDT", "--timeframe", "1h")
    told = keel("promote", "--model", "momentum", *book, "--version", versions[1], "--json")
    assert told.code == 0, told.err
    assert (told.code, told.json["version"], told.json["promoted"]) == (0, versions[1], True)
    assert keel("promote", "--model", "momentum", *book).out.endswith(f"speaks from now on instead of {versions[1]}\n")
    assert keel("promote", "crisis", "--model", "momentum").code == 2
    assert keel("promote").code == 2


def test_models_are_trained_in_their_order_and_of_what_was_recorded(desk: Desk, tmp_path: Path) -> None:
    assert wanted_models(desk, BTC, ("meta", "xgboost", "momentum")) == ("momentum", "xgboost", "meta")
    assert wanted_models(desk, BTC, ("pressure",)) == ("pressure",)
    assert wanted_models(desk, BTC, ("news",)) == ("news",)
    assert wanted_models(desk, BTC, ("all",)) == ("momentum", "reversion", "breakout", "xgboost", "lstm", "meta")
    assert wanted_models(desk, BTC, ("all", "pressure"))[3] == "pressure"
    assert wanted_models(desk, BTC, ("all", "news"))[3] == "news"
    rules = [{"name": "everything", "models": ["meta"]}]
    routed = build_desk({"router.rules": rules, "model.meta.models": ["breakout", "pressure", "news"]}, folder=tmp_path)
    assert wanted_models(routed, BTC, ()) == ("breakout", "meta")
    with pytest.raises(BadInput, match=r"found 'oracle', 'x', allowed is one of momentum, .*meta, all"):
        wanted_models(desk, BTC, ("xgboost", "oracle", "x"))
