"""MLflow keeps what was trained: a challenger whose UBJ says the same to the bit, and no pickle anywhere; and what was
backtested, with its page.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost

from models.predictors import load_booster, save_booster
from models.types import Series, Unavailable
from tasks.ports import BacktestRecord, PageRecord, TrainingRecord

NAMES = ("momentum", "volatility", "range")
PICKLES = (".pkl", ".pickle", ".joblib", ".cloudpickle")


@pytest.fixture(scope="module")
def record() -> TrainingRecord:
    """A small training."""
    rng = np.random.default_rng(3)
    sample = rng.normal(size=(200, len(NAMES)))
    labels = sample @ [1.0, -2.0, 0.5] + rng.normal(size=200)
    booster = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(sample, labels), num_boost_round=8)
    return TrainingRecord(
        series=Series("binance", "BTC/USDT", "1h"),
        version="abc123",
        settings={"horizon": 24, "boosting.rounds": 8},
        tags={"keel.series": "binance BTC/USDT 1h", "keel.data_sha256": "d" * 64, "keel.config_version": "c" * 64},
        metrics={"out_of_sample_correlation": 0.125},
        fold_metrics=({"test_rows": 10.0}, {"test_rows": 20.0}),
        booster=save_booster(booster),
        sample=sample[:5],
        feature_names=NAMES,
    )


@pytest.fixture(scope="module")
def tracked(record: TrainingRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of a tracker that logged the training, and the version it gave."""
    import mlflow

    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    folder = tmp_path_factory.mktemp("tracking")
    before = mlflow.get_tracking_uri()
    tracker = MlflowTracker(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts")
    yield folder, tracker.log_training(record)
    mlflow.set_tracking_uri(before)


def test_the_model_is_registered_as_challenger(tracked: tuple[Path, str], record: TrainingRecord) -> None:
    import mlflow

    folder, version = tracked
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    found = client.get_model_version_by_alias("xgboost-binance-BTC-USDT-1h", "challenger")
    assert (version, str(found.version)) == ("1", "1")
    assert record.tags.items() <= found.tags.items()


def test_run_and_folds_are_logged(tracked: tuple[Path, str], record: TrainingRecord) -> None:
    import mlflow

    folder, _ = tracked
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("training")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert sorted(runs) == ["binance BTC/USDT 1h abc123", "fold 1", "fold 2"]
    parent = runs["binance BTC/USDT 1h abc123"]
    assert parent.data.params == {"horizon": "24", "boosting.rounds": "8"}
    assert parent.data.metrics["out_of_sample_correlation"] == 0.125
    assert parent.data.tags["keel.version"] == "abc123"
    assert parent.info.status == "FINISHED"
    for number, rows in ((1, 10.0), (2, 20.0)):
        fold = runs[f"fold {number}"]
        assert fold.data.metrics == {"test_rows": rows}
        assert fold.data.tags["mlflow.parentRunId"] == parent.info.run_id


def test_there_is_no_pickle_anywhere(tracked: tuple[Path, str]) -> None:
    folder, _ = tracked
    files = [path for path in (folder / "mlartifacts").rglob("*") if path.is_file()]
    assert [path.name for path in files if path.suffix == ".ubj"]
    assert [path for path in files if path.suffix in PICKLES] == []
    # A pickle of protocol 2 or newer begins with 0x80 and its protocol, whatever its name is.
    assert [path for path in files if path.read_bytes()[:1] == b"\x80"] == []
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_the_stored_model_says_the_same_to_the_bit(tracked: tuple[Path, str], record: TrainingRecord) -> None:
    folder, _ = tracked
    (path,) = (folder / "mlartifacts").rglob("*.ubj")
    stored, given = load_booster(path.read_bytes()), load_booster(record.booster)
    rows = np.random.default_rng(4).normal(size=(500, len(NAMES)))
    assert stored.inplace_predict(rows).tobytes() == given.inplace_predict(rows).tobytes()
    assert np.ptp(stored.inplace_predict(rows)) > 1.0


def test_a_second_training_takes_the_alias(tracked: tuple[Path, str], record: TrainingRecord) -> None:
    import mlflow

    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    folder, _ = tracked
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    assert MlflowTracker(uri, folder / "mlartifacts").log_training(replace(record, version="def456")) == "2"
    client = mlflow.MlflowClient(uri)
    name = "xgboost-binance-BTC-USDT-1h"
    assert str(client.get_model_version_by_alias(name, "challenger").version) == "2"
    assert len(client.search_model_versions(f"name = '{name}'")) == 2


@pytest.fixture
def tested(tmp_path: Path) -> BacktestRecord:
    """A small backtest."""
    page = tmp_path / "backtest-1.html"
    page.write_text("<p>a page</p>")
    return BacktestRecord(
        name="binance BTC/USDT 1h 2020-01-01 to 2021-01-01",
        settings={"profile": "moderate", "bars": 8760},
        tags={"keel.intents_sha256": "a" * 64, "keel.plausible": "true"},
        metrics={"out_of_sample.sharpe": 0.5, "in_sample.sharpe": 2.5},
        page=page,
    )


def test_a_backtest_is_a_run_with_its_page(tracked: tuple[Path, str], tested: BacktestRecord) -> None:
    import mlflow

    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    folder, _ = tracked
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    tracker = MlflowTracker(uri, folder / "mlartifacts")
    ids = {tracker.log_backtest(tested), tracker.log_backtest(tested)}
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("backtests")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert {run.info.run_id for run in runs} == ids
    for run in runs:
        assert (run.info.run_name, run.info.status) == (tested.name, "FINISHED")
        assert run.data.params == {"profile": "moderate", "bars": "8760"}
        assert run.data.metrics == tested.metrics
        assert tested.tags.items() <= run.data.tags.items()
        (page,) = (folder / "mlartifacts").rglob(f"{run.info.run_id}/artifacts/*")
        assert (page.name, page.read_text()) == ("backtest-1.html", "<p>a page</p>")
    training = client.get_experiment_by_name("training")
    assert training is not None
    assert not ids & {run.info.run_id for run in client.search_runs([training.experiment_id])}


def test_a_report_is_a_run_of_its_own_experiment_with_all_its_pages(tracked: tuple[Path, str], tmp_path: Path) -> None:
    import mlflow

    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    folder, _ = tracked
    pages = (tmp_path / "report.html", tmp_path / "report.json")
    for page in pages:
        page.write_text(page.name)
    metrics = {"moderate.costs.1.5.out_of_sample.total_return": 0.25, "moderate.limit": 0.15}
    record = PageRecord("a validation", {"paths": 7}, {"keel.command": "keel validate"}, metrics, pages)
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    found = MlflowTracker(uri, folder / "mlartifacts").log_page("validation", record)
    run = mlflow.MlflowClient(uri).get_run(found)
    assert run.data.metrics == metrics
    assert (run.info.run_name, run.data.params, run.info.status) == ("a validation", {"paths": "7"}, "FINISHED")
    assert run.data.tags["keel.command"] == "keel validate"
    experiment = mlflow.MlflowClient(uri).get_experiment_by_name("validation")
    assert experiment is not None
    assert run.info.experiment_id == experiment.experiment_id
    stored = {one.name: one.read_text() for one in (folder / "mlartifacts").rglob(f"{found}/artifacts/*")}
    assert stored == {page.name: page.name for page in pages}


def test_a_server_that_is_down_is_not_asked_for_minutes() -> None:
    import tasks.adapters.tracking.mlflow_tracking  # noqa: F401 - it sets what it needs

    assert int(os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]) <= 2
    assert int(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]) <= 30


@pytest.mark.parametrize("fault", ["nobody answers", "no database"])
def test_a_tracker_that_cannot_be_reached_is_a_sentence(
    fault: str,
    record: TrainingRecord,
    tested: BacktestRecord,
    tracked: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    database = tmp_path / "mlflow.db"
    database.write_bytes(b"garbage" * 999)
    uri = "http://127.0.0.1:9" if fault == "nobody answers" else f"sqlite:///{database}"
    tracker = MlflowTracker(uri, tmp_path / "mlartifacts")
    with pytest.raises(Unavailable, match="MLflow did not take the training"):
        tracker.log_training(record)
    with pytest.raises(Unavailable, match="MLflow did not take the backtest"):
        tracker.log_backtest(tested)
    with pytest.raises(Unavailable, match="MLflow did not take the run of stress"):
        tracker.log_page("stress", PageRecord("name", {}, {}, {}, (tested.page,)))
