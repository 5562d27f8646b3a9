"""MLflow: a parent run per training, a child per walk-forward fold, the model registered as challenger; a run per
backtest with its tear sheet, and per report with its pages; a parent run per evolution, a child per search.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from models.predictors import load_booster
from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported
from tasks.adapters.tracking.connecting import answering, experiment_id
from tasks.adapters.tracking.evolutions import EVOLUTIONS, log_evolution
from tasks.adapters.tracking.registry import CHALLENGER, promote
from tasks.ports import BacktestRecord, EvolutionRecord, PageRecord, Registered, TrainingRecord

# isort: split
import mlflow
import mlflow.xgboost
import xgboost
from mlflow.models import infer_signature

TRAININGS = "training"
BACKTESTS = "backtests"


@dataclass(frozen=True, slots=True)
class MlflowTracker:
    """`uri` is a server's address or a database's; `artifacts` a local folder that both reach."""

    uri: str
    artifacts: Path

    def log_training(self, record: TrainingRecord) -> str:
        """Store the run and register the model as challenger; returns the registered version.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering("training"):
            return self._log_training(record)

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
            return log_evolution(self._client, self.artifacts, record)

    def promote(self, model: str, version: str) -> None:
        """Give that version of a registered model the alias champion.

        Raises:
            BadInput: there is no such version.
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with answering(f"promotion of {model}"):
            promote(self._client, model, version)

    def _log_page(self, experiment: str, record: PageRecord) -> str:
        mlflow.set_tracking_uri(self.uri)
        number = experiment_id(self._client, experiment, self.artifacts)
        with mlflow.start_run(experiment_id=number, run_name=record.name) as run:
            mlflow.set_tags(record.tags)
            mlflow.log_params(record.settings)
            mlflow.log_metrics(record.metrics)
            for page in record.pages:
                mlflow.log_artifact(str(page))
            return str(run.info.run_id)

    def _log_training(self, record: TrainingRecord) -> str:
        mlflow.set_tracking_uri(self.uri)
        experiment = experiment_id(self._client, TRAININGS, self.artifacts)
        with mlflow.start_run(experiment_id=experiment, run_name=f"{record.series} {record.version}"):
            mlflow.set_tags(record.tags | {"keel.version": record.version})
            mlflow.log_params(record.settings)
            mlflow.log_metrics(record.metrics)
            for number, metrics in enumerate(record.fold_metrics):
                with mlflow.start_run(experiment_id=experiment, run_name=f"fold {number + 1}", nested=True):
                    mlflow.log_metrics(metrics)
            return self._register(record)

    def _register(self, record: TrainingRecord) -> str:
        booster = load_booster(record.booster)
        name = model_name(record)
        logged = mlflow.xgboost.log_model(
            booster,
            name="booster",
            model_format="ubj",
            registered_model_name=name,
            signature=infer_signature(record.sample, booster.inplace_predict(record.sample)),
            pip_requirements=[f"xgboost-cpu=={xgboost.__version__}"],
        )
        version = str(logged.registered_model_version)
        client = mlflow.MlflowClient()
        for key, text in record.tags.items():
            client.set_model_version_tag(name, version, key, text)
        client.set_registered_model_alias(name, CHALLENGER, version)
        return version

    @property
    def _client(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(self.uri)


def model_name(record: TrainingRecord) -> str:
    """Name in the registry: `xgboost-binance-BTC-USDT-1h`."""
    return "xgboost-" + re.sub(r"[^A-Za-z0-9]+", "-", str(record.series))
