"""MLflow keeps a training as a run with its folds and pages, and its model as a version whose every file is pinned:
what comes back is what was registered, or nothing of it is run.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow_servers import Kept
from training_records import NAMES, SERIES, training_record

from models.types import BadInput, Damaged, Unavailable
from tasks.adapters.tracking.edge_models import load_registered
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.ports import TrainingRecord

MODEL = "xgboost-binance-BTC-USDT-1h"
FIRST, SECOND = "abc123abc123", "def456def456"
PICKLES = (".pkl", ".pickle", ".joblib", ".cloudpickle")
FILES = {"MLmodel", "served.py", "artifacts/speaker.json", "artifacts/booster.ubj"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("tracking")
    return Kept(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts")


@pytest.fixture(scope="module")
def client(kept: Kept) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(kept.uri)


@pytest.fixture(scope="module")
def tracker(kept: Kept) -> MlflowTracker:
    return MlflowTracker(kept.uri, kept.artifacts)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the model's code writes where it is run."""
    return tmp_path_factory.mktemp("ran") / "ran"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, ran: Path) -> TrainingRecord:
    return training_record(tmp_path_factory.mktemp("training"), ran)


@pytest.fixture(scope="module", autouse=True)
def logged(tracker: MlflowTracker, record: TrainingRecord) -> str:
    """The registered version of the first training."""
    return tracker.log_training(replace(record, champion=True))


@pytest.fixture
def folder(kept: Kept, client: mlflow.MlflowClient, logged: str) -> Any:
    """The registered files of the first version; put back as they were."""
    run = client.get_model_version(MODEL, logged).run_id
    found = kept.artifacts / run / "artifacts" / "model"
    before = contents(found)
    yield found
    for path in set(found.rglob("*")):
        if path.is_file():
            path.unlink()
    for name, body in before.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_bytes(body)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def aliases(client: mlflow.MlflowClient) -> dict[str, str]:
    return {alias: str(version) for alias, version in client.get_registered_model(MODEL).aliases.items()}


def test_run_folds_and_pages_are_there(client: mlflow.MlflowClient, record: TrainingRecord, logged: str) -> None:
    parent = client.get_run(client.get_model_version(MODEL, logged).run_id)
    assert parent.info.run_name == f"binance BTC/USDT 1h xgboost {FIRST}"
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"horizon": "24", "xgboost.rounds": "8"}
    assert parent.data.metrics == record.metrics
    assert record.tags | {"keel.version": FIRST, "keel.model": "xgboost"} == {
        name: text for name, text in parent.data.tags.items() if name.startswith("keel.")
    }
    assert {one.path for one in client.list_artifacts(parent.info.run_id)} == {"model", "walk-forward.md"}
    where = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    folds = {run.info.run_name: run for run in client.search_runs([parent.info.experiment_id], where)}
    assert {name: run.data.metrics for name, run in folds.items()} == {
        "fold 1": {"test_rows": 10.0},
        "fold 2": {"test_rows": 20.0},
    }
    assert {run.info.status for run in folds.values()} == {"FINISHED"}


def test_the_version_says_what_it_is_and_pins_every_file(
    client: mlflow.MlflowClient, record: TrainingRecord, logged: str, folder: Path
) -> None:
    tags = dict(client.get_model_version(MODEL, logged).tags)
    assert record.tags.items() <= tags.items()
    assert (tags["keel.version"], tags["keel.model"], tags["keel.metric.out_of_sample"]) == (FIRST, "xgboost", "0.125")
    pinned = {name: hashlib.sha256(body).hexdigest() for name, body in contents(folder).items()}
    assert set(pinned) == FILES
    assert {name.removeprefix("keel.sha256."): sha for name, sha in tags.items() if "sha256." in name} == pinned
    assert contents(folder)["served.py"] == record.code.read_bytes()


def test_there_is_no_pickle_anywhere(kept: Kept) -> None:
    files = [path for path in kept.artifacts.rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix in PICKLES] == []
    # A pickle of protocol 2 or newer begins with 0x80 and its protocol, whatever its name is.
    assert [path for path in files if path.read_bytes()[:1] == b"\x80"] == []
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_what_was_registered_answers_under_both_aliases(kept: Kept, ran: Path) -> None:
    rows = pd.DataFrame([[1.0, 0.0, 0.0], [np.nan, 0.0, 0.0], [-2.5, 0.0, 0.0]], columns=list(NAMES))
    for alias in ("challenger", "champion"):
        model = load_registered(kept.uri, MODEL, alias)
        answer = model.predict(rows)
        assert list(answer.columns) == ["edge_bps", "confidence", "probability", "familiarity"]
        assert answer["edge_bps"].to_numpy().tobytes() == np.array([2.0, np.nan, -5.0]).tobytes()
        assert model.metadata.get_input_schema().input_names() == list(NAMES)
        assert model.metadata.get_output_schema().input_names() == list(answer.columns)
        with pytest.raises(mlflow.MlflowException, match="missing inputs"):
            model.predict(rows[["momentum"]])
    assert ran.read_text() == "ran"
    ran.unlink()


def changed(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        body = bytearray((folder / name).read_bytes())
        body[-2] ^= 1
        (folder / name).write_bytes(body)

    return change


def repointed(folder: Path) -> None:
    """A description that names another code file, of whoever changed it."""
    (folder / "evil.py").write_text((folder / "served.py").read_text())
    text = (folder / "MLmodel").read_text()
    assert "served.py" in text
    (folder / "MLmodel").write_text(text.replace("served.py", "evil.py"))


def planted(name: str) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"import mlflow")

    return plant


def linked(folder: Path) -> None:
    """The same name, as a way to a file outside."""
    other = folder.parent / "other.json"
    other.write_text('{"slope": 9.0}')
    (folder / "artifacts" / "speaker.json").unlink()
    (folder / "artifacts" / "speaker.json").symlink_to(other)


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (changed("artifacts/booster.ubj"), "artifacts/booster.ubj was changed"),
        (changed("artifacts/speaker.json"), "artifacts/speaker.json was changed"),
        (changed("served.py"), "served.py was changed"),
        (changed("MLmodel"), "MLmodel was changed"),
        (linked, "artifacts/speaker.json was changed"),
        (repointed, "evil.py was not registered with it; MLmodel was changed"),
        (planted("mlflow.py"), "mlflow.py was not registered with it"),
        (planted("__pycache__/served.cpython-311.pyc"), "served.cpython-311.pyc was not registered with it"),
        (lambda folder: (folder / "artifacts" / "booster.ubj").unlink(), "artifacts/booster.ubj is missing"),
        (lambda folder: (folder / "served.py").unlink(), "served.py is missing"),
        (lambda folder: [path.unlink() for path in folder.rglob("*") if path.is_file()], "MLmodel is missing"),
    ],
)
def test_what_was_tampered_with_is_refused_before_any_of_it_is_run(
    tamper: Callable[[Path], None], sentence: str, kept: Kept, tracker: MlflowTracker, folder: Path, ran: Path
) -> None:
    tamper(folder)
    with pytest.raises(Damaged, match=sentence):
        load_registered(kept.uri, MODEL, "champion")
    with pytest.raises(Damaged, match=sentence):
        tracker.fetch_training(SERIES, "xgboost", FIRST)
    assert not ran.exists()


def test_a_version_whose_pins_were_taken_away_is_refused(
    kept: Kept, client: mlflow.MlflowClient, record: TrainingRecord, logged: str, ran: Path
) -> None:
    tags = {name: sha for name, sha in client.get_model_version(MODEL, logged).tags.items() if "sha256." in name}
    for name in tags:
        client.delete_model_version_tag(MODEL, logged, name)
    with pytest.raises(Damaged, match=r"was not registered with it"):
        load_registered(kept.uri, MODEL, "champion")
    for name, sha in tags.items():
        client.set_model_version_tag(MODEL, logged, name, sha)
    assert not ran.exists()


def test_the_files_come_back_as_they_were_and_nothing_is_run(
    tracker: MlflowTracker, record: TrainingRecord, ran: Path
) -> None:
    assert tracker.fetch_training(SERIES, "xgboost", FIRST) == record.files
    assert not ran.exists()


@pytest.mark.parametrize(
    ("model", "version", "sentence"),
    [
        ("xgboost", "999999999999", f"found '999999999999', allowed is one of .*{FIRST}"),
        ("lstm", FIRST, "version of lstm-binance-BTC-USDT-1h: found .* nothing of it is registered"),
    ],
)
def test_what_is_not_there_is_said(tracker: MlflowTracker, model: str, version: str, sentence: str) -> None:
    for asked in (tracker.fetch_training, tracker.promote_training):
        with pytest.raises(BadInput, match=sentence):
            asked(SERIES, model, version)


def test_a_model_or_alias_that_is_not_there_is_said(kept: Kept) -> None:
    for model, alias in ((MODEL, "best"), ("lstm-binance-BTC-USDT-1h", "champion"), ("x' OR name = 'y", "champion")):
        with pytest.raises(BadInput, match="which the registry does not know"):
            load_registered(kept.uri, model, alias)


def test_the_next_training_is_challenger_until_it_is_promoted(
    kept: Kept, tracker: MlflowTracker, client: mlflow.MlflowClient, record: TrainingRecord, logged: str
) -> None:
    assert aliases(client) == {"challenger": logged, "champion": logged}
    second = tracker.log_training(replace(record, version=SECOND, files={"speaker.json": b'{"slope": 3.0}'}))
    assert aliases(client) == {"challenger": second, "champion": logged}
    assert "keel.promoted" not in client.get_model_version(MODEL, second).tags
    tracker.promote_training(SERIES, "xgboost", SECOND)
    assert aliases(client) == {"challenger": second, "champion": second}
    assert client.get_model_version(MODEL, second).tags["keel.promoted"] == "true"
    assert tracker.fetch_training(SERIES, "xgboost", SECOND) == {"speaker.json": b'{"slope": 3.0}'}
    again = tracker.log_training(replace(record, champion=True))
    assert aliases(client) == {"challenger": again, "champion": again}
    tracker.promote_training(SERIES, "xgboost", SECOND)
    tracker.promote_training(SERIES, "xgboost", FIRST)  # which is there twice
    assert aliases(client)["champion"] == again


def test_where_it_dies_half_way_the_run_has_failed_and_nothing_is_offered(
    tracker: MlflowTracker, client: mlflow.MlflowClient, record: TrainingRecord, tmp_path: Path
) -> None:
    before = aliases(client)
    with pytest.raises(Unavailable, match="MLflow did not take the training"):
        tracker.log_training(replace(record, version="lost", code=tmp_path / "lost.py"))
    experiment = client.get_experiment_by_name("training")
    assert experiment is not None
    (parent,) = client.search_runs([experiment.experiment_id], "tags.`keel.version` = 'lost'")
    assert parent.info.status == "FAILED"
    assert aliases(client) == before


def test_nothing_is_left_in_the_environment(
    tracker: MlflowTracker, kept: Kept, record: TrainingRecord, monkeypatch: Any
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = mlflow.get_tracking_uri()
    tracker.log_training(replace(record, fold_metrics=()))
    load_registered(kept.uri, MODEL, "challenger")
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert mlflow.get_tracking_uri() == before
    assert mlflow.active_run() is None
