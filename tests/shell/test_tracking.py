"""MLflow keeps what was backtested and reported, with its pages, apart from what was trained; a server that is down is
a sentence. What it keeps of a training: see tracking/test_trainings.py.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from training_records import training_record

from models.types import Unavailable
from tasks.ports import BacktestRecord, PageRecord, TrainingRecord


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> TrainingRecord:
    folder = tmp_path_factory.mktemp("training")
    return training_record(folder, folder / "ran")


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
