"""A training in MLflow: a run, below it one for each walk-forward fold, its pages, and the model as a new version."""

from collections.abc import Mapping
from pathlib import Path

from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported
from tasks.adapters.tracking.connecting import experiment_id, running
from tasks.adapters.tracking.edge_models import FOLDER, KEEL_VERSION, keep_model, model_name
from tasks.adapters.tracking.registry import promote, register
from tasks.ports import TrainingRecord

# isort: split
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from mlflow.tracking.context.registry import resolve_tags
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

TRAININGS = "training"
MODEL, METRIC = "keel.model", "keel.metric."


def log_training(client: MlflowClient, artifacts: Path, record: TrainingRecord) -> str:
    """Keep the training with its folds; then, not before all of it is kept, register the model; its version there."""
    experiment = experiment_id(client, TRAININGS, artifacts)
    made_by = resolve_tags()  # who, with what program and commit: as a run of the fluent API has it
    tags = record.tags | {MODEL: record.model, KEEL_VERSION: record.version}
    with running(client, experiment, f"{record.series} {record.model} {record.version}", made_by | tags) as parent:
        params = [Param(name, str(value)) for name, value in record.settings.items()]
        client.log_batch(parent.info.run_id, _metrics(parent, record.metrics), params)
        for page in record.pages:
            client.log_artifact(parent.info.run_id, str(page))
        below = made_by | {MLFLOW_PARENT_RUN_ID: parent.info.run_id}
        for number, figures in enumerate(record.fold_metrics):
            with running(client, experiment, f"fold {number + 1}", below) as fold:
                client.log_batch(fold.info.run_id, _metrics(fold, figures))
        pins = keep_model(client, parent, record)
        name, figures = model_name(record.series, record.model), record.metrics
        performance = {f"{METRIC}{one}": repr(figure) for one, figure in figures.items()}
        version = register(client, parent, name, FOLDER, tags | performance | pins)
    if record.champion:
        promote(client, name, version)
    return version


def _metrics(run: Run, figures: Mapping[str, float]) -> list[Metric]:
    return [Metric(name, figure, run.info.start_time, 0) for name, figure in figures.items()]
