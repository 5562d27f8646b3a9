"""Training a series' model, and what a model says about its bars."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from data.model_files import ModelCard
from models.features import REVISION
from models.predictors import (
    BoostingSettings,
    Calibration,
    Model,
    Predictions,
    Trained,
    TrainingSettings,
    forward_returns,
    load_booster,
    predict_edges,
    save_booster,
    train,
)
from models.predictors.predictions import NO_FOLD
from models.types import Series, bar_micros, iso
from tasks.ports import Tracker, TrainingRecord
from tasks.session.desk import Desk
from tasks.session.market import MarketView, declaration_of, market_view


@dataclass(frozen=True, slots=True)
class Training:
    """What a training left behind; correlations of edge and outcome, mean over folds."""

    series: Series
    version: str
    registered: str
    sha256: str
    bars: int
    in_sample: float
    out_of_sample: float

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        fields = asdict(self) | {"model": "xgboost", "series": str(self.series)}
        return fields | {
            "in_sample": {"correlation": self.in_sample},
            "out_of_sample": {"correlation": self.out_of_sample},
        }


def train_series(desk: Desk, series: Series, tracker: Tracker, report: Callable[[str], None]) -> Training:
    """Train on everything in the lake, log it, store model and walk-forward predictions, make the model current.

    Raises:
        BadInput: no such series, or too few bars.
    """
    view = market_view(desk, series)
    model = desk.loaded.settings.model
    settings = _training_settings(desk)
    longest = model.horizon * bar_micros(series.timeframe) if desk.calendar(series).name == "24/7" else None
    labels = forward_returns(view.adjusted, model.horizon, longest)
    trained = train(view.bars.ts, view.features.matrix, view.features.momentum, labels, settings, report)
    booster = save_booster(trained.model.booster)
    card = _card(desk, view, trained, booster)
    desk.models.save(series, card, booster)
    desk.predictions.append(series, card.version, trained.walk_forward)
    registered = tracker.log_training(_record(desk, view, trained, card, booster))
    desk.models.make_current(series, card.version)
    means = [float(np.mean([getattr(one, name) for one in trained.scores])) for name in ("in_sample", "out_of_sample")]
    return Training(series, card.version, registered, card.booster_sha256, len(view.bars), *means)


def recipe(desk: Desk, series: Series) -> str:
    """Hash of what a series' model is made by: a model of another recipe cannot speak for this configuration."""
    parts = [declaration_of(desk, series).canonical(), REVISION, desk.loaded.settings.model.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def usable_card(desk: Desk, series: Series) -> ModelCard | None:
    """Card of the current model when it is of the present recipe, else None.

    Raises:
        Damaged: the card was changed or cannot be read.
    """
    card = desk.models.current(series)
    return card if card is not None and card.recipe == recipe(desk, series) else None


def predictions_of(desk: Desk, view: MarketView, card: ModelCard | None) -> Predictions:
    """What the model may say about the view's bars: stored predictions, and the final model's for bars after its
    training, which are stored as they are made. Nothing for bars that only its own training has seen.

    Raises:
        Damaged: the model file does not match its card.
    """
    if card is None:
        return Predictions.none(view.bars.ts)
    stored = desk.predictions.read(view.series, card.version)
    new = (view.bars.ts > card.trained_until) & ~np.isin(view.bars.ts, stored.ts)
    if new.any():
        first = int(np.argmax(new))
        model = _model(desk, view.series, card)
        rows = slice(first, len(view.bars))
        made = predict_edges(model, view.bars.ts, view.features.matrix, view.features.momentum, rows)
        desk.predictions.append(view.series, card.version, made)
        stored = desk.predictions.read(view.series, card.version)
    return stored.aligned(view.bars.ts)


def in_sample_predictions(desk: Desk, view: MarketView, card: ModelCard) -> Predictions:
    """What the final model says about the bars it was trained on: for comparison with the honest figures only."""
    everything = slice(0, len(view.bars))
    model = _model(desk, view.series, card)
    return predict_edges(model, view.bars.ts, view.features.matrix, view.features.momentum, everything)


def _model(desk: Desk, series: Series, card: ModelCard) -> Model:
    return Model(
        booster=load_booster(desk.models.booster(series, card)),
        boosting=Calibration(card.boosting_slope, card.boosting_confidence),
        momentum=Calibration(card.momentum_slope, card.momentum_confidence),
    )


def _training_settings(desk: Desk) -> TrainingSettings:
    model = desk.loaded.settings.model
    boosting = BoostingSettings(**model.boosting.model_dump())
    return TrainingSettings(model.horizon, model.embargo, model.folds, boosting)


def _card(desk: Desk, view: MarketView, trained: Trained, booster: bytes) -> ModelCard:
    return ModelCard(
        version="",
        booster_sha256=hashlib.sha256(booster).hexdigest(),
        recipe=recipe(desk, view.series),
        horizon=desk.loaded.settings.model.horizon,
        trained_until=int(view.bars.ts[-1]),
        data_sha256=desk.bars.dataset(view.series).manifest().sha256,
        boosting_slope=trained.model.boosting.slope,
        boosting_confidence=trained.model.boosting.confidence,
        momentum_slope=trained.model.momentum.slope,
        momentum_confidence=trained.model.momentum.confidence,
    ).sealed()


def _record(desk: Desk, view: MarketView, trained: Trained, card: ModelCard, booster: bytes) -> TrainingRecord:
    scores = trained.scores
    model = desk.loaded.settings.model.model_dump()
    settings = {key: figure for key, figure in model.items() if not isinstance(figure, dict)}
    settings |= {f"boosting.{key}": figure for key, figure in model["boosting"].items()}
    known = np.flatnonzero(trained.walk_forward.fold != NO_FOLD)[:5]
    return TrainingRecord(
        series=view.series,
        version=card.version,
        settings=settings,
        tags={
            "keel.series": str(view.series),
            "keel.data_sha256": card.data_sha256,
            "keel.config_version": desk.loaded.version,
            "keel.booster_sha256": card.booster_sha256,
            "keel.recipe": card.recipe,
            "keel.trained_until": iso(card.trained_until),
        },
        metrics={
            "in_sample_correlation": float(np.mean([one.in_sample for one in scores])),
            "out_of_sample_correlation": float(np.mean([one.out_of_sample for one in scores])),
            "momentum_slope": card.momentum_slope,
            "momentum_confidence": card.momentum_confidence,
            "boosting_slope": card.boosting_slope,
            "boosting_confidence": card.boosting_confidence,
        },
        fold_metrics=tuple(
            {
                "in_sample_correlation": one.in_sample,
                "out_of_sample_correlation": one.out_of_sample,
                "train_rows": float(one.train_rows),
                "test_rows": float(one.test_rows),
            }
            for one in scores
        ),
        booster=booster,
        sample=view.features.matrix[known],
        feature_names=view.features.names,
    )
