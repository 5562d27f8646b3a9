"""Models of edges in the registry: what is written there, pinned file by file, and what comes back only as it was."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from data.files import sha256_of
from models.types import BadInput, Damaged, Series
from tasks.adapters.tracking import environment  # noqa: F401 - before mlflow is imported
from tasks.adapters.tracking.connecting import answering
from tasks.adapters.tracking.registry import UNKNOWN
from tasks.ports import TrainingRecord

# isort: split
import mlflow.pyfunc
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.pyfunc import PyFuncModel
from mlflow.types.schema import ColSpec, DataType, Schema

FOLDER, FILES = "model", "artifacts"
# Runs models from code, with nothing unpickled.
LOADER = "mlflow.pyfunc.model"
KEEL_VERSION = "keel.version"
# Before the name of each file of a version, in its tags.
PIN = "keel.sha256."
# What a served model answers, a column each; see models.predictors.Predictions.
OUTPUTS = ("edge_bps", "confidence", "probability", "familiarity")


def model_name(series: Series, model: str) -> str:
    """Name in the registry: `xgboost-binance-BTC-USDT-1h`."""
    return f"{model}-" + re.sub(r"[^A-Za-z0-9]+", "-", str(series))


def keep_model(client: MlflowClient, run: Run, record: TrainingRecord) -> dict[str, str]:
    """The model among the run's artifacts, as one from code; returns the tag that pins each of its files.

    They are written here, as those of a genome are: log_model takes three times as long, runs the code once to try it,
    and adds requirements that nobody can install.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / FILES).mkdir()
        for file, body in record.files.items():
            (folder / FILES / file).write_bytes(body)
        shutil.copyfile(record.code, folder / record.code.name)
        model = Model(artifact_path=FOLDER, run_id=run.info.run_id, signature=_signature(record.input_names))
        mlflow.pyfunc.add_to_model(
            model,
            loader_module=LOADER,
            model_code_path=record.code.name,
            model_config={"model": record.model},
            artifacts={file: {"path": f"{FILES}/{file}", "uri": file} for file in record.files},
        )
        model.save(str(folder / MLMODEL_FILE_NAME))
        client.log_artifacts(run.info.run_id, name, FOLDER)
        return {f"{PIN}{file}": sha256_of(body) for file, body in _contents(folder).items()}


def load_registered(uri: str, model: str, alias: str) -> PyFuncModel:
    """The version of a registered model that has the alias, ready to answer; nothing of it is run before every file of
    it, its code too, was found to be the one that was registered.

    Raises:
        BadInput: there is no such model, or none of its versions has the alias.
        Damaged: a file is missing, was changed, or was not there; names it.
        Unavailable: the server at `uri` does not answer, or its database cannot be used.
    """
    client = MlflowClient(uri)
    with answering(f"request for {model}"):
        version = _by_alias(client, model, alias)
    with _checked(client, uri, version) as folder:
        loaded: PyFuncModel = mlflow.pyfunc.load_model(str(folder))
        return loaded


def fetch(client: MlflowClient, uri: str, model: str, keel_version: str) -> dict[str, bytes]:
    """The files of a version of a registered model, by name, checked as load_registered does; none of it is run.

    Raises: as load_registered.
    """
    with answering(f"request for {model}"):
        version = find_version(client, model, keel_version)
    with _checked(client, uri, version) as folder:
        return {file.name: file.read_bytes() for file in (folder / FILES).iterdir()}


def find_version(client: MlflowClient, model: str, keel_version: str) -> ModelVersion:
    """The version of a registered model that is Keel's `keel_version`, the newest where it was registered twice.

    Raises:
        BadInput: there is none.
    """
    versions = sorted(client.search_model_versions(f"name = '{model}'"), key=lambda one: int(one.version))
    known = {one.tags.get(KEEL_VERSION): one for one in versions}
    if keel_version not in known:
        allowed = ", ".join(sorted(filter(None, known))) or "none: nothing of it is registered"
        raise BadInput(f"version of {model}: found {keel_version!r}, allowed is one of {allowed}")
    return known[keel_version]


def _by_alias(client: MlflowClient, model: str, alias: str) -> ModelVersion:
    try:
        return client.get_model_version_by_alias(model, alias)
    except MlflowException as error:
        if error.error_code not in UNKNOWN:
            raise
        raise BadInput(f"found {model}@{alias}, which the registry does not know; train the model first") from error


@contextmanager
def _checked(client: MlflowClient, uri: str, version: ModelVersion) -> Iterator[Path]:
    """A copy of the version's folder, every file of which is as it was pinned: what is checked is what is used."""
    what = f"version {version.version} of {version.name}"
    with TemporaryDirectory() as copy:
        with answering(f"request for {what}"):
            source = client.get_model_version_download_uri(version.name, version.version)
            folder = Path(download_artifacts(artifact_uri=source, dst_path=copy, tracking_uri=uri))
        _require_pinned(what, _contents(folder), version.tags)
        yield folder


def _require_pinned(what: str, found: Mapping[str, bytes], tags: Mapping[str, str]) -> None:
    pins = {tag.removeprefix(PIN): sha for tag, sha in tags.items() if tag.startswith(PIN)}
    wrong = [
        *(f"{file} is missing" for file in sorted(pins.keys() - found.keys())),
        *(f"{file} was not registered with it" for file in sorted(found.keys() - pins.keys())),
        *(
            f"{file} was changed"
            for file, sha in sorted(pins.items())
            if file in found and sha256_of(found[file]) != sha
        ),
    ]
    if wrong or not pins:
        raise Damaged(f"{what} in the registry: {'; '.join(wrong) or 'no file is pinned'}; train the model again")


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file below, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _signature(inputs: tuple[str, ...]) -> ModelSignature:
    given, answered = (Schema([ColSpec(DataType.double, name) for name in names]) for names in (inputs, OUTPUTS))
    return ModelSignature(inputs=given, outputs=answered)
