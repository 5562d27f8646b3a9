"""An evolution in MLflow: a run, below it one for each search with its curves and its genome, and versions of those
genomes that are offered.
"""

from collections.abc import Mapping
from pathlib import Path

from models.types import FloatArray
from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported
from tasks.adapters.tracking.connecting import experiment_id, running
from tasks.adapters.tracking.curves import points, table
from tasks.adapters.tracking.registry import FOLDER, keep_genome, register
from tasks.ports import EvolutionChild, EvolutionRecord, Registered

# isort: split
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from mlflow.tracking.context.registry import resolve_tags
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

EVOLUTIONS = "evolution"
CURVES = "curves.csv"

Settings = Mapping[str, str | int | float]
Figures = Mapping[str, float]


def log_evolution(client: MlflowClient, artifacts: Path, record: EvolutionRecord) -> Registered:
    """Keep the evolution with its searches; then, not before all of them are kept, register what is offered."""
    experiment = experiment_id(client, EVOLUTIONS, artifacts)
    made_by = resolve_tags()  # who, with what program and commit: as a run of the fluent API has it
    with running(client, experiment, record.name, made_by | record.tags) as parent:
        _log(client, parent, record.settings, record.metrics, {})
        _log_pages(client, parent, record.pages)
        below = made_by | {MLFLOW_PARENT_RUN_ID: parent.info.run_id}
        kept = [(child, _log_child(client, experiment, child, below)) for child in record.children]
        versions = {
            child.model: register(client, run, child.model, FOLDER, child.tags)
            for child, run in kept
            if child.model is not None and child.genome is not None
        }
        return Registered(str(parent.info.run_id), versions)


def _log_child(client: MlflowClient, experiment: str, child: EvolutionChild, below: Mapping[str, str]) -> Run:
    with running(client, experiment, child.name, {**below, **child.tags}) as run:
        _log(client, run, child.settings, child.metrics, child.curves)
        _log_pages(client, run, child.pages)
        if child.curves:
            client.log_text(run.info.run_id, table(child.curves), CURVES)
        if child.genome is not None:
            keep_genome(client, run, child.genome)
        return run


def _log(
    client: MlflowClient, run: Run, settings: Settings, metrics: Figures, curves: Mapping[str, FloatArray]
) -> None:
    """All in one call, which MLflow's client divides where it is more than the 1000 entries that one request may have.
    A curve's steps are its generations.
    """
    now = run.info.start_time
    figures = [Metric(name, figure, now, 0) for name, figure in metrics.items()]
    drawn = [Metric(name, figure, now, generation) for name, generation, figure in points(curves)]
    params = [Param(name, str(value)) for name, value in settings.items()]
    client.log_batch(run.info.run_id, figures + drawn, params)


def _log_pages(client: MlflowClient, run: Run, pages: tuple[Path, ...]) -> None:
    for page in pages:
        client.log_artifact(run.info.run_id, str(page))
