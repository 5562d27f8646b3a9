"""Training on purged walk-forward splits: calibrated edges that no bar's own model has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.predictors.boosting import BoostingSettings, fit_booster, predict_booster
from models.predictors.calibration import Calibration, calibrate
from models.predictors.predictions import FINAL_FOLD, NO_FOLD, Predictions
from models.predictors.splits import walk_forward_splits
from models.types import FloatArray, IntArray

if TYPE_CHECKING:
    import xgboost as xgb

# The last fifth of a training window calibrates what the first four fifths learnt.
CALIBRATION_SHARE = 0.2
# A tree ensemble overfits, so its forecasts may be shrunk but never stretched. Momentum's score has no unit of its own.
LARGEST_BOOSTING_SLOPE = 1.0
LARGEST_MOMENTUM_SLOPE = np.inf


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """`horizon` and `embargo` in bars, `folds` of the walk-forward."""

    horizon: int
    embargo: int
    folds: int
    boosting: BoostingSettings


@dataclass(frozen=True, slots=True)
class FoldScore:
    """Correlation of edge and outcome inside training and on the fold's test block (0 when the edge is constant)."""

    fold: int
    train_rows: int
    test_rows: int
    in_sample: float
    out_of_sample: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A booster with the calibrations that turn its score and momentum's into edges."""

    booster: xgb.Booster
    boosting: Calibration
    momentum: Calibration


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The final model, walk-forward predictions for the whole series, the final model's predictions on the bars it was
    trained on (in-sample, for comparison only), and a score per fold.
    """

    model: Model
    walk_forward: Predictions
    in_sample: Predictions
    scores: tuple[FoldScore, ...]


def train(
    ts: IntArray,
    features: FloatArray,
    momentum: FloatArray,
    label_bps: FloatArray,
    settings: TrainingSettings,
    report: Callable[[str], None],
) -> Trained:
    """Train fold after fold, then on everything.

    `ts` (n,) microseconds, `features` (n, k), `momentum` (n,) raw score, `label_bps` (n,) with NaN where unknown. Rows
    before the first complete feature row are never trained on nor predicted. `report` hears one line per fold.

    Raises:
        BadInput: too few bars for the folds.
    """
    usable = int(np.argmax(np.isfinite(features).all(axis=1))) if np.isfinite(features).all(axis=1).any() else len(ts)
    splits = walk_forward_splits(len(ts) - usable, settings.folds, settings.horizon, settings.embargo)
    walk_forward = Predictions.none(ts)
    scores = []
    for number, split in enumerate(splits):
        fit_rows = slice(usable, usable + split.train_stop)
        test_rows = slice(usable + split.test_start, usable + split.test_stop)
        model = fit_model(features[fit_rows], momentum[fit_rows], label_bps[fit_rows], settings)
        _fill(walk_forward, test_rows, number, predict_edges(model, ts, features, momentum, test_rows))
        scores.append(_score(number, model, features, momentum, label_bps, fit_rows, test_rows))
        report(f"fold {number + 1} of {len(splits)}: out-of-sample correlation {scores[-1].out_of_sample:+.3f}")
    everything = slice(usable, len(ts))
    final = fit_model(features[everything], momentum[everything], label_bps[everything], settings)
    in_sample = Predictions.none(ts)
    _fill(in_sample, everything, FINAL_FOLD, predict_edges(final, ts, features, momentum, everything))
    return Trained(final, walk_forward, in_sample, tuple(scores))


def fit_model(features: FloatArray, momentum: FloatArray, label_bps: FloatArray, settings: TrainingSettings) -> Model:
    """Fit the booster on the first part of the rows and calibrate both scores on the last, a label's reach apart."""
    cut = int(len(label_bps) * (1.0 - CALIBRATION_SHARE))
    early = np.flatnonzero(np.isfinite(label_bps[: cut - settings.horizon - 1]))
    booster = fit_booster(features[early], label_bps[early], settings.boosting)
    late = slice(cut, None)
    score = predict_booster(booster, features[late])
    return Model(
        booster=booster,
        boosting=calibrate(score, label_bps[late], settings.horizon, LARGEST_BOOSTING_SLOPE),
        momentum=calibrate(momentum, label_bps, settings.horizon, LARGEST_MOMENTUM_SLOPE),
    )


def predict_edges(model: Model, ts: IntArray, features: FloatArray, momentum: FloatArray, rows: slice) -> Predictions:
    """Edges of `rows`; a row with an incomplete feature row gets nobody's prediction."""
    part = features[rows]
    known = np.isfinite(part).all(axis=1)
    out = Predictions.none(ts[rows])
    out.fold[known] = FINAL_FOLD
    out.momentum_bps[known] = model.momentum.slope * momentum[rows][known]
    out.momentum_confidence[known] = model.momentum.confidence
    out.boosting_bps[known] = model.boosting.slope * predict_booster(model.booster, part[known])
    out.boosting_confidence[known] = model.boosting.confidence
    return out


def _fill(into: Predictions, rows: slice, fold: int, part: Predictions) -> None:
    into.fold[rows] = np.where(part.fold == NO_FOLD, NO_FOLD, fold)
    for name in Predictions.__slots__[2:]:
        getattr(into, name)[rows] = getattr(part, name)


def _score(
    fold: int,
    model: Model,
    features: FloatArray,
    momentum: FloatArray,
    label_bps: FloatArray,
    fit_rows: slice,
    test_rows: slice,
) -> FoldScore:
    def correlation(rows: slice) -> float:
        edge = model.boosting.slope * predict_booster(model.booster, features[rows])
        edge += model.momentum.slope * momentum[rows]
        known = np.isfinite(edge) & np.isfinite(label_bps[rows])
        x, y = edge[known], label_bps[rows][known]
        if x.size < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
            return 0.0
        return float(np.corrcoef(x, y)[0, 1])

    return FoldScore(
        fold=fold,
        train_rows=fit_rows.stop - fit_rows.start,
        test_rows=test_rows.stop - test_rows.start,
        in_sample=correlation(fit_rows),
        out_of_sample=correlation(test_rows),
    )
