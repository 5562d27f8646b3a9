"""Predictors: labels, purged walk-forward training, calibrated edges and probabilities, and how good they were."""

from models.predictors.boosting import BoostingSettings, load_booster, save_booster
from models.predictors.calibration import Calibration, calibrate
from models.predictors.duel import Duel, duel
from models.predictors.guards import Familiarity, familiarity, familiarity_of
from models.predictors.judging import FoldScore, fold_score
from models.predictors.kind import Core, Kind
from models.predictors.labels import Labels, forward_returns, label_bars, triple_barrier
from models.predictors.odds import Odds, fit_odds, probability, sigmoid
from models.predictors.predictions import Predictions
from models.predictors.reliability import Bin, brier, expected_calibration_error, log_loss, reliability
from models.predictors.speaker import Speaker, fit_speaker, speak
from models.predictors.splits import Split, require_purged, walk_forward_splits
from models.predictors.uniqueness import average_uniqueness
from models.predictors.walking import Walked, WalkSettings, walk

__all__ = [
    "Bin",
    "BoostingSettings",
    "Calibration",
    "Core",
    "Duel",
    "Familiarity",
    "FoldScore",
    "Kind",
    "Labels",
    "Odds",
    "Predictions",
    "Speaker",
    "Split",
    "WalkSettings",
    "Walked",
    "average_uniqueness",
    "brier",
    "calibrate",
    "duel",
    "expected_calibration_error",
    "familiarity",
    "familiarity_of",
    "fit_odds",
    "fit_speaker",
    "fold_score",
    "forward_returns",
    "label_bars",
    "load_booster",
    "log_loss",
    "probability",
    "reliability",
    "require_purged",
    "save_booster",
    "sigmoid",
    "speak",
    "triple_barrier",
    "walk",
    "walk_forward_splits",
]
