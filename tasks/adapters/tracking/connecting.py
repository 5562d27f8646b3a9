"""What all that is logged needs: errors of MLflow as one of ours, the experiment of a name, a run that ends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from models.types import Unavailable
from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported

# isort: split
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

ERRORS = (MlflowException, SQLAlchemyError, OSError)
FAILED = "FAILED"


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Errors of a server that does not answer, or of a database that cannot be used, become Unavailable."""
    try:
        yield
    except ERRORS as error:
        kind = type(error).__name__
        raise Unavailable(f"MLflow did not take the {what} ({kind}); see with keel status what is up") from error


def experiment_id(client: MlflowClient, name: str, artifacts: Path) -> str:
    """The experiment's; where there is none yet, it is made with its artifacts in that local folder."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    artifacts.mkdir(parents=True, exist_ok=True)
    return str(client.create_experiment(name, artifact_location=artifacts.as_uri()))


@contextmanager
def running(client: MlflowClient, experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[Run]:
    """A run that is FINISHED where all went well, and FAILED whatever else happens, an interrupt too.

    It is the client's own and nobody's active run: no global address is set, and none is left in the environment.
    """
    run = client.create_run(experiment, run_name=name, tags=dict(tags))
    try:
        yield run
        client.set_terminated(run.info.run_id)
    except BaseException:
        with suppress(*ERRORS):  # a server that is gone cannot be told; what is told is why
            client.set_terminated(run.info.run_id, FAILED)
        raise
