"""Gradient-boosted trees by XGBoost, in its own safe file format (UBJ).

XGBoost is imported where it is used: it takes two seconds, which a cycle on stored predictions need not pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from models.predictors.labels import Labels
from models.types import BadInput, Damaged, FloatArray, IntArray

if TYPE_CHECKING:
    import xgboost as xgb

# A curve of the loss shows enough by so many points and rows, and all of both would cost a tenth of the training.
CURVE_POINTS = 20
CURVE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class BoostingSettings:
    """Hyper-parameters by XGBoost's names; `threads` is fixed because the sums depend on it."""

    rounds: int
    max_depth: int
    learning_rate: float
    min_child_weight: float
    subsample: float
    colsample: float
    seed: int
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class BoosterCore:
    """`booster` gives log-odds.

    Attributes:
        importance: share of each input in the loss that all splits together took away; zero where there is no split.
        curves: as of Core, at CURVE_POINTS rounds evenly apart, the last one included.
    """

    booster: xgb.Booster
    importance: FloatArray
    curves: dict[str, FloatArray]

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        """Log-odds that the price rises first, shape (n_rows,); NaN where an input is not known."""
        part = inputs[rows]
        known = np.isfinite(part).all(axis=1)
        out = np.full(len(part), np.nan)
        out[known] = predict_booster(self.booster, part[known])
        return out


@dataclass(frozen=True, slots=True)
class XgboostKind:
    """Trees that learn which way the price goes first, from bars whose inputs are all known."""

    settings: BoostingSettings
    name: ClassVar[str] = "xgboost"
    gives_odds: ClassVar[bool] = True
    learns: ClassVar[bool] = True
    takes_gaps: ClassVar[bool] = False
    reach: ClassVar[int] = 1

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> BoosterCore:
        """Learn from `early`, each bar by the weight of its label; `late` is for the curve alone.

        Raises:
            BadInput: no bar of `early` has all its inputs.
        """
        learnt, held_out = _complete(inputs, early), _complete(inputs, late)
        if not learnt.size:
            raise BadInput("xgboost found no training bar whose features are all known; bring more bars")
        booster = fit_booster(inputs[learnt], labels.rose[learnt], labels.weight[learnt], self.settings)
        curves = {}
        for name, rows in (("learnt", evenly(learnt, CURVE_ROWS)), ("held_out", evenly(held_out, CURVE_ROWS))):
            if rows.size:
                curves[name] = loss_curve(booster, inputs[rows], labels.rose[rows], labels.weight[rows])
        return BoosterCore(booster, gain_shares(booster), curves)


def _complete(inputs: FloatArray, rows: IntArray) -> IntArray:
    """Those of the rows whose inputs are all known."""
    return rows[np.isfinite(inputs[rows]).all(axis=1)]


def fit_booster(features: FloatArray, rose: FloatArray, weight: FloatArray, settings: BoostingSettings) -> xgb.Booster:
    """Logistic regression by trees of `rose` (n,), 0 or 1, on `features` (n, k), each row by its `weight` (n,).

    NaN features are missing values. Source: Chen and Guestrin (2016), XGBoost: a scalable tree boosting system, KDD.
    """
    import xgboost as xgb

    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": settings.max_depth,
        "eta": settings.learning_rate,
        "min_child_weight": settings.min_child_weight,
        "subsample": settings.subsample,
        "colsample_bytree": settings.colsample,
        "seed": settings.seed,
        "nthread": settings.threads,
        "base_score": 0.5,
    }
    return xgb.train(parameters, xgb.DMatrix(features, rose, weight=weight), num_boost_round=settings.rounds)


def predict_booster(booster: xgb.Booster, features: FloatArray) -> FloatArray:
    """Log-odds of each row, shape (n,). A row gives the same bits alone as among others."""
    if not len(features):
        return np.empty(0)
    return booster.inplace_predict(features, predict_type="margin").astype(np.float64)


def gain_shares(booster: xgb.Booster) -> FloatArray:
    """Share of each input in the loss that all splits together took away, shape (k,); all zero without a split."""
    gain = np.zeros(booster.num_features())
    for name, total in booster.get_score(importance_type="total_gain").items():
        # Inputs have no names of their own: XGBoost calls them f0, f1 and so on.
        gain[int(name[1:])] = total
    return gain / gain.sum() if gain.any() else gain


def loss_curve(booster: xgb.Booster, features: FloatArray, rose: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted mean of -ln(probability of what happened) after so many rounds, nats, shape (n_points,).

    The points are CURVE_POINTS rounds evenly apart (all, where there are fewer); the last one is of the whole booster.
    """
    import xgboost as xgb

    matrix = xgb.DMatrix(features)
    stops = evenly(np.arange(1, booster.num_boosted_rounds() + 1), CURVE_POINTS)
    margin, losses, begin = np.zeros(len(features)), np.empty(stops.size), 0
    for point, stop in enumerate(stops):
        # Trees are added up: what some give adds to what those before them gave.
        margin += booster.predict(matrix, iteration_range=(begin, int(stop)), output_margin=True)
        losses[point] = np.average(np.logaddexp(0.0, margin) - rose * margin, weights=weight)
        begin = int(stop)
    return losses


def evenly(values: IntArray, most: int) -> IntArray:
    """At most that many of the values, evenly apart, the last one among them; all of them where they are no more."""
    if values.size <= most:
        return values
    return values[np.arange(1, most + 1) * values.size // most - 1]


def save_booster(booster: xgb.Booster) -> bytes:
    """The model as UBJ bytes."""
    return bytes(booster.save_raw("ubj"))


def load_booster(raw: bytes) -> xgb.Booster:
    """The model of UBJ bytes whose checksum was verified: on cut or changed ones XGBoost may crash the process.

    Raises:
        Damaged: XGBoost cannot read them.
    """
    import xgboost as xgb

    if not raw:
        # XGBoost would end the whole process.
        raise Damaged("the model file is empty; train the model again")
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(raw))
    except (xgb.core.XGBoostError, ValueError) as error:
        # What XGBoost says begins with the time, and an alert is the same one only when its text is.
        raise Damaged("the model file is not a readable XGBoost model; train the model again") from error
    return booster
