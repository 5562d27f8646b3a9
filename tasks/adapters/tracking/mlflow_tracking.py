"""MLflow: a parent run per training, a child per walk-forward fold, the model registered as challenger; a run per
backtest with its tear sheet, and per report with its pages; a parent run per evolution, a child per search.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from conf.secrets import scrub, scrub_values
from models.types import Series
from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported
from tasks.adapters.tracking.connecting import answering, experiment_id
from tasks.adapters.tracking.edge_models import fetch, find_version, model_name
from tasks.adapters.tracking.evolutions import EVOLUTIONS, log_evolution
from tasks.adapters.tracking.registry import promote
from tasks.adapters.tracking.trainings import log_training
from tasks.ports import BacktestRecord, EvolutionRecord, PageRecord, Registered, TrainingRecord

# isort: split
import mlflow

BACKTESTS = "backtests"


@dataclass(frozen=True, slots=True)
class MlflowTracker:
    """`uri` is a server's address or a database's; `artifacts` a local folder that both reach."""

    uri: str
    artifacts: Path

    def log_training(self, record: TrainingRecord) -> str:
        """Store the run and register the model as challenger, and as champion where the record says so; returns the
        registered version.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering("training"):
            return log_training(self._client, self.artifacts, scrubbed(record))

    def fetch_training(self, series: Series, model: str, version: str) -> dict[str, bytes]:
        """The files of Keel's version of a model as they were registered, by name.

        Raises:
            BadInput: the registry has no such version.
            Damaged: a file of it is missing, was changed, or was not registered with it; names it.
            Unavailable: the server does not answer, or its database cannot be used.
        """
        return fetch(self._client, self.uri, model_name(series, model), version)

    def promote_training(self, series: Series, model: str, version: str) -> None:
        """Give Keel's version of a model the alias champion.

        Raises:
            BadInput: the registry has no such version.
            Unavailable: the server does not answer, or its database cannot be used.
        """
        name = model_name(series, model)
        with answering(f"promotion of {name}"):
            promote(self._client, name, str(find_version(self._client, name, version).version))

    def log_backtest(self, record: BacktestRecord) -> str:
        """Store the run with its page; returns the run's id.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        page = PageRecord(record.name, record.settings, record.tags, record.metrics, (record.page,))
        with answering("backtest"):
            return self._log_page(BACKTESTS, page)

    def log_page(self, experiment: str, record: PageRecord) -> str:
        """Store a run of that experiment with its pages; returns the run's id.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering(f"run of {experiment}"):
            return self._log_page(experiment, record)

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        """Store parent and children; every registered version gets the alias challenger.

        The runs of the children have as many points of a curve as a picture needs (curves.MOST_POINTS); all of them are
        in an artifact, as a table.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering(f"run of {EVOLUTIONS}"):
            return log_evolution(self._client, self.artifacts, scrubbed(record))

    def promote(self, model: str, version: str) -> None:
        """Give that version of a registered model the alias champion.

        Raises:
            BadInput: there is no such version.
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering(f"promotion of {model}"):
            promote(self._client, model, version)

    def _log_page(self, experiment: str, told: PageRecord) -> str:
        record = scrubbed(told)
        mlflow.set_tracking_uri(self.uri)
        number = experiment_id(self._client, experiment, self.artifacts)
        with mlflow.start_run(experiment_id=number, run_name=record.name) as run:
            mlflow.set_tags(record.tags)
            mlflow.log_params(record.settings)
            mlflow.log_metrics(record.metrics)
            for page in record.pages:
                mlflow.log_artifact(str(page))
            return str(run.info.run_id)

    @property
    def _client(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(self.uri)


Told = TypeVar("Told", TrainingRecord, PageRecord, EvolutionRecord)


def scrubbed(record: Told) -> Told:
    """The record without any secret that this process knows: whoever opens the tracker's pages reads all of it."""
    tags = {name: scrub(text) for name, text in record.tags.items()}
    return replace(record, settings=scrub_values(record.settings), tags=tags)
