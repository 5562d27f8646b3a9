"""A registered model answers what its speaker says, to the bit."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from models.alpha import AlphaCore
from models.predictors import Calibration
from models.predictors.boosting import BoosterCore
from models.predictors.guards import Familiarity
from models.predictors.odds import Odds
from models.predictors.predictions import FINAL_FOLD
from models.predictors.speaker import Speaker, speak
from models.types import Damaged, Series
from tasks.adapters.tracking.edge_models import OUTPUTS, load_registered
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.ports import TrainingRecord
from tasks.session.learning.training import CODE
from tasks.session.speaker_files import files_of

SERIES = Series("binance", "BTC/USDT", "1h")
NAMES = {"xgboost": ("momentum", "volatility", "range"), "momentum": ("momentum",)}
COUNT = 400


def inputs_of(model: str) -> Any:
    return np.random.default_rng(3).normal(size=(COUNT, len(NAMES[model])))


def speaker(model: str) -> Speaker:
    inputs = inputs_of(model)
    core: Any = AlphaCore()
    if model == "xgboost":
        rose = (inputs @ [1.0, -2.0, 0.5] + np.random.default_rng(4).normal(size=COUNT) > 0.0).astype(np.float64)
        parameters = {"max_depth": 3, "nthread": 1, "objective": "binary:logistic"}
        booster = xgboost.train(parameters, xgboost.DMatrix(inputs, rose), num_boost_round=8)
        core = BoosterCore(booster, np.array([0.25, 0.5, 0.25]), {})
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    return Speaker(model == "xgboost", core, Calibration(7.0, 0.75), Odds(0.9), Familiarity(low, high, high - low))


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> MlflowTracker:
    folder = tmp_path_factory.mktemp("tracking")
    return MlflowTracker(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts")


@pytest.mark.parametrize("model", ["xgboost", "momentum"])
def test_it_says_what_its_speaker_says(model: str, tracker: MlflowTracker) -> None:
    names, one = NAMES[model], speaker(model)
    files = files_of(model, one)
    inputs = 1.5 * inputs_of(model)
    inputs[7, 0] = np.nan
    record = TrainingRecord(SERIES, model, "abc123abc123", {}, {}, {}, (), files, CODE, (), inputs[:5], names, True)
    assert tracker.log_training(record) == "1"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = load_registered(tracker.uri, f"{model}-binance-BTC-USDT-1h", "champion")
        answer = loaded.predict(pd.DataFrame(inputs, columns=list(names)))
    said = speak(one, np.arange(COUNT), inputs, slice(0, COUNT), FINAL_FOLD, 0)
    assert list(answer.columns) == list(OUTPUTS)
    for name in OUTPUTS:
        assert answer[name].to_numpy().tobytes() == getattr(said, name).tobytes()
    assert np.isnan(answer["edge_bps"][7])
    assert answer["familiarity"].min() < 1.0
    assert tracker.fetch_training(SERIES, model, "abc123abc123") == files
    assert {path.read_bytes() for path in tracker.artifacts.rglob(CODE.name)} == {CODE.read_bytes()}


def test_files_that_were_never_a_model_are_refused(tracker: MlflowTracker) -> None:
    files, series = {"speaker.json": b"{}"}, Series("binance", "ETH/USDT", "1h")
    names, inputs = NAMES["momentum"], inputs_of("momentum")[:5]
    record = TrainingRecord(series, "momentum", "f" * 12, {}, {}, {}, (), files, CODE, (), inputs, names, False)
    tracker.log_training(record)
    with pytest.raises(Damaged, match="the files of a momentum model cannot be read"):
        load_registered(tracker.uri, "momentum-binance-ETH-USDT-1h", "challenger")
