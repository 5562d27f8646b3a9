"""Gradient-boosted trees by XGBoost, in its own safe file format (UBJ).

XGBoost is imported where it is used: it takes two seconds, which a cycle on stored predictions need not pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.types import Damaged, FloatArray

if TYPE_CHECKING:
    import xgboost as xgb


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


def fit_booster(features: FloatArray, label_bps: FloatArray, settings: BoostingSettings) -> xgb.Booster:
    """Squared-error regression of `label_bps` (n,) on `features` (n, k); NaN features are missing values."""
    import xgboost as xgb

    parameters = {
        "objective": "reg:squarederror",
        "tree_method": "hist",
        "max_depth": settings.max_depth,
        "eta": settings.learning_rate,
        "min_child_weight": settings.min_child_weight,
        "subsample": settings.subsample,
        "colsample_bytree": settings.colsample,
        "seed": settings.seed,
        "nthread": settings.threads,
        "base_score": 0.0,
    }
    return xgb.train(parameters, xgb.DMatrix(features, label_bps), num_boost_round=settings.rounds)


def predict_booster(booster: xgb.Booster, features: FloatArray) -> FloatArray:
    """Raw score of each row, shape (n,). A row gives the same bits alone as among others."""
    if not len(features):
        return np.empty(0)
    return booster.inplace_predict(features).astype(np.float64)


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
        raise Damaged(f"the model file is not a readable XGBoost model ({str(error).splitlines()[0]})") from error
    return booster
