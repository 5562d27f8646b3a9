"""`keel models` says who speaks, how good they were, who waits, and why somebody is silent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.files import sha256_of
from data.lake import Lake
from data.model_files import CURRENT, ModelCard
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, Predictions
from models.types import Series, iso
from models.types.speakers import MODELS
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.learning.kinds import recipe
from tasks.session.learning.listing import Listed, listed_models

BTC, ETH = Series("binance", "BTC/USDT", "1h"), Series("kraken", "ETH/USD", "1d")
NOW = 1_700_000_000_000_000 // HOUR * HOUR
FILES = {"speaker.json": b"{}"}
PERFORMANCE = {"in_sample": 0.3, "out_of_sample": 0.02, "log_loss": 0.691}


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    return build_desk(as_of=NOW)


def _train(desk: Desk, model: str, series: Series = BTC, current: bool = True, **fields: Any) -> ModelCard:
    trained_at = NOW - 10 * DAY
    card = ModelCard(
        model=model,
        version="",
        files={name: sha256_of(body) for name, body in FILES.items()},
        recipe=recipe(desk, series, model),
        horizon=24,
        trained_from=0,
        trained_until=trained_at - HOUR,
        trained_at=trained_at,
        data_sha256="0123",
        parents={},
        performance=PERFORMANCE,
    )
    card = replace(card, **fields).sealed()
    desk.models.save(series, card, FILES)
    if current:
        desk.models.make_current(series, model, card.version)
    return card


def _speak(desk: Desk, card: ModelCard, folds: list[int]) -> None:
    said = Predictions.none(card.trained_until + np.arange(len(folds)) * HOUR)
    said.fold[:] = folds
    desk.predictions.append(BTC, card.model, card.version, said)


def _one(desk: Desk, model: str) -> Listed:
    return next(one for one in listed_models(desk, [BTC]) if one.model == model)


def test_every_model_of_a_series_is_listed_in_order(desk: Desk) -> None:
    _train(desk, "momentum")
    found = listed_models(desk, [BTC])
    assert [one.model for one in found] == list(MODELS)
    assert [one.model for one in found if one.why is None] == ["momentum"]
    assert all("keel train" in one.why for one in found if one.why is not None)


def test_what_is_known_of_a_model(desk: Desk) -> None:
    card = _train(desk, "lstm")
    later = _train(desk, "lstm", current=False, trained_at=NOW - DAY, trained_until=NOW - 2 * DAY)
    _speak(desk, card, [0, 1, FINAL_FOLD, FINAL_FOLD, LATE_FOLD, FINAL_FOLD, LATE_FOLD])
    told = _one(desk, "lstm").as_json()
    figures = {"in_sample": {"correlation": 0.3}, "out_of_sample": {"correlation": 0.02, "log_loss": 0.691}}
    assert told == {
        "series": str(BTC),
        "model": "lstm",
        "version": card.version,
        "trained_until": iso(card.trained_until),
        "age_days": pytest.approx(10 + 1 / 24),
        "horizon": 24,
        **figures,
        "challenger": {"version": later.version, "trained_until": iso(NOW - 2 * DAY), **figures},
        "usable": True,
        "why": None,
        "rows": 7,
        "last": iso(card.trained_until + 5 * HOUR),
        "late_share": 0.4,
    }


def test_one_that_has_said_nothing_yet(desk: Desk) -> None:
    _train(desk, "xgboost")
    one = _one(desk, "xgboost")
    assert (one.rows, one.last, one.late_share, one.why) == (0, None, None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"recipe": "of other settings"}, "other settings"),
        ({"trained_until": NOW - 400 * DAY}, "longest_age_days"),
        ({"parents": {"momentum": "0123456789ab"}}, "no longer speak"),
    ],
)
def test_why_one_that_is_sound_is_silent(desk: Desk, fields: dict[str, Any], said: str) -> None:
    card = _train(desk, "meta", **fields)
    one = _one(desk, "meta")
    assert one.champion == card
    assert said in str(one.why)


@pytest.mark.parametrize("name", [CURRENT, "card.json", "speaker.json"])
def test_damage_is_told_and_stops_nothing(desk: Desk, name: str) -> None:
    _train(desk, "momentum")
    card = _train(desk, "xgboost")
    folder = Lake(desk.models.root).folder("models", BTC) / "xgboost"
    path = folder / CURRENT if name == CURRENT else folder / card.version / name
    path.write_bytes(b"spoilt")
    one = _one(desk, "xgboost")
    assert str(path) in str(one.why)
    assert one.champion == (card if name == "speaker.json" else None)
    assert _one(desk, "momentum").why is None


def test_damaged_predictions_are_told(desk: Desk) -> None:
    card = _train(desk, "xgboost")
    _speak(desk, card, [0, 1])
    part = next(desk.lake.root.rglob("*.parquet"))
    part.write_bytes(b"spoilt")
    assert "keel data repair" in str(_one(desk, "xgboost").why)


def test_the_command_filters_and_shows(desk: Desk, keel: Callable[..., Any]) -> None:
    refused = keel("models", "--json")
    assert (refused.code, "keel train" in refused.sentence) == (2, True)
    _train(desk, "momentum")
    _train(desk, "momentum", ETH)
    told = keel("models", "--json")
    assert (told.code, told.err) == (0, "")
    assert [one["series"] for one in told.json["models"]] == [str(BTC)] * len(MODELS) + [str(ETH)] * len(MODELS)
    for flags in (("--symbol", "ETH/USD"), ("--venue", "kraken"), ("--timeframe", "1d")):
        assert {one["series"] for one in keel("models", *flags, "--json").json["models"]} == {str(ETH)}
    assert keel("models", "--symbol", "XRP/USD", "--json").code == 2
    shown = keel("models", "--venue", "binance")
    assert shown.code == 0
    assert "momentum" in shown.out
    assert f"{BTC} reversion: " in shown.out
