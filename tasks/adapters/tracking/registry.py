"""The registry: a version for each genome and model that is offered, and the aliases of the newest and of the trusted
one.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from models.types import BadInput
from tasks.adapters.tracking import environment, genome_model  # noqa: F401 - before mlflow is imported

# isort: split
import mlflow.pyfunc
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

CHALLENGER = "challenger"
CHAMPION = "champion"
PROMOTED = "keel.promoted"
FOLDER = "genome"
GENOME = "genome.json"
EXISTS = "RESOURCE_ALREADY_EXISTS"
# Of pointing an alias: by the second one the other training's is there.
ATTEMPTS = 3
UNKNOWN = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # the second: what no name can be


def keep_genome(client: MlflowClient, run: Run, genome: Path) -> None:
    """The genome among the run's artifacts, as a model that MLflow can load: `runs:/<run id>/genome`.

    Its two files are written here: log_model would take ten times as long, most of it for requirements that nobody
    can install (Keel itself is one) and for a record of its own that says nothing the run does not.
    """
    with TemporaryDirectory() as folder:
        model = Model(artifact_path=FOLDER, run_id=run.info.run_id)
        mlflow.pyfunc.add_to_model(model, loader_module=genome_model.__name__, data=GENOME)
        model.save(str(Path(folder) / MLMODEL_FILE_NAME))
        shutil.copyfile(genome, Path(folder) / GENOME)
        client.log_artifacts(run.info.run_id, folder, FOLDER)


def register(client: MlflowClient, run: Run, model: str, folder: str, tags: Mapping[str, str]) -> str:
    """The version that the model in that folder of a run becomes; the alias moves last, when all of it is there."""
    try:
        client.create_registered_model(model)
    except MlflowException as error:
        if error.error_code != EXISTS:
            raise
    source = f"{run.info.artifact_uri}/{folder}"
    made = client.create_model_version(model, source, run.info.run_id, dict(tags), await_creation_for=0)
    version = str(made.version)
    _point(client, CHALLENGER, model, version)
    return version


def promote(client: MlflowClient, model: str, version: str) -> None:
    """Give that version the alias champion; its tag stays when another takes the alias: that it was promoted is so.

    Raises:
        BadInput: there is no such model, or it has no such version.
    """
    _require(client, model)
    versions = [str(one.version) for one in client.search_model_versions(f"name = '{model}'")]
    if version not in versions:
        raise BadInput(f"version of {model}: found {version!r}, allowed is one of {', '.join(versions) or 'none'}")
    client.set_model_version_tag(model, version, PROMOTED, "true")
    _point(client, CHAMPION, model, version)


def _point(client: MlflowClient, alias: str, model: str, version: str) -> None:
    """Two trainings that end at once both find that there is no alias yet and both insert it, which PostgreSQL refuses
    one of them: told again it finds the other's, and replaces it. Whose version it is in the end is whoever came last.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            client.set_registered_model_alias(model, alias, version)
        except MlflowException as error:
            if error.error_code != "BAD_REQUEST":
                raise
        else:
            return
    client.set_registered_model_alias(model, alias, version)


def _require(client: MlflowClient, model: str) -> None:
    try:
        client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code not in UNKNOWN:
            raise
        known = [one.name for one in client.search_registered_models()]
        allowed = f"one of {', '.join(known)}" if known else "none: nothing is registered yet"
        raise BadInput(f"model: found {model!r}, allowed is {allowed}") from error
