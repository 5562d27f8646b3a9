"""Predictors: labels, purged walk-forward splits, gradient boosting, and the predictions they leave behind."""

from models.predictors.boosting import BoostingSettings, load_booster, save_booster
from models.predictors.calibration import Calibration, calibrate
from models.predictors.labels import forward_returns
from models.predictors.predictions import Predictions
from models.predictors.splits import Split, walk_forward_splits
from models.predictors.training import FoldScore, Model, Trained, TrainingSettings, predict_edges, train

__all__ = [
    "BoostingSettings",
    "Calibration",
    "FoldScore",
    "Model",
    "Predictions",
    "Split",
    "Trained",
    "TrainingSettings",
    "calibrate",
    "forward_returns",
    "load_booster",
    "predict_edges",
    "save_booster",
    "train",
    "walk_forward_splits",
]
