"""MLflow: a parent run per training, a child per walk-forward fold, the model registered as challenger; a run per
backtest with its tear sheet, and per report with its pages.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.predictors import load_booster
from models.types import Unavailable
from tasks.ports import BacktestRecord, PageRecord, TrainingRecord

# Before mlflow is imported: nothing leaves the machine, and no pickle is ever loaded.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
# Of itself it asks a server that is down for four minutes, and one that hangs for longer.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

import mlflow
import mlflow.xgboost
import xgboost
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sqlalchemy.exc import SQLAlchemyError

TRAININGS = "training"
BACKTESTS = "backtests"
ALIAS = "challenger"


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
        with _answering("training"):
            return self._log_training(record)

    def log_backtest(self, record: BacktestRecord) -> str:
        """Store the run with its page; returns the run's id.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        page = PageRecord(record.name, record.settings, record.tags, record.metrics, (record.page,))
        with _answering("backtest"):
            return self._log_page(BACKTESTS, page)

    def log_page(self, experiment: str, record: PageRecord) -> str:
        """Store a run of that experiment with its pages; returns the run's id.

        Raises:
            Unavailable: the server does not answer, or its database cannot be used.
        """
        with _answering(f"run of {experiment}"):
            return self._log_page(experiment, record)

    def _log_page(self, experiment: str, record: PageRecord) -> str:
        mlflow.set_tracking_uri(self.uri)
        with mlflow.start_run(experiment_id=self._experiment(experiment), run_name=record.name) as run:
            mlflow.set_tags(record.tags)
            mlflow.log_params(record.settings)
            mlflow.log_metrics(record.metrics)
            for page in record.pages:
                mlflow.log_artifact(str(page))
            return str(run.info.run_id)

    def _log_training(self, record: TrainingRecord) -> str:
        mlflow.set_tracking_uri(self.uri)
        experiment = self._experiment(TRAININGS)
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
        client.set_registered_model_alias(name, ALIAS, version)
        return version

    def _experiment(self, name: str) -> str:
        found = mlflow.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        self.artifacts.mkdir(parents=True, exist_ok=True)
        return str(mlflow.create_experiment(name, artifact_location=self.artifacts.as_uri()))


@contextmanager
def _answering(what: str) -> Iterator[None]:
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        kind = type(error).__name__
        raise Unavailable(f"MLflow did not take the {what} ({kind}); see with keel status what is up") from error


def model_name(record: TrainingRecord) -> str:
    """Name in the registry: `xgboost-binance-BTC-USDT-1h`."""
    return "xgboost-" + re.sub(r"[^A-Za-z0-9]+", "-", str(record.series))
