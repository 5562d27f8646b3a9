"""What research is kept and computed with."""

import os
from contextlib import AbstractContextManager, nullcontext

from pydantic import SecretStr

from models.types import BadInput, Unavailable
from tasks.adapters.servers import Stores
from tasks.ports import Runner, Tracker
from tasks.session.desk import Desk


def build_tracker(desk: Desk) -> Tracker:
    """MLflow: the server that MLFLOW_TRACKING_URI names, or the database that such a server would have here."""
    state = desk.home / "state"
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{state} cannot be made ({error.strerror}); point KEEL_HOME to a folder that can") from error
    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    uri = os.environ.get("MLFLOW_TRACKING_URI") or _database(desk) or f"sqlite:///{state / 'mlflow.db'}"
    return MlflowTracker(uri, state / "mlartifacts")


def build_stores(desk: Desk) -> Stores:
    """The databases of the servers that this home starts, each from the first place that has its URL."""
    # Imported here: a tracker is built by every flow, and most have no such database.
    from tasks.adapters.credentials import Passphrase, find, standard_sources

    names = ("prefect_server_database_connection_url", "mlflow_url")
    found = find(names, standard_sources(desk.home, Passphrase())).values
    return Stores(*(found.get(name) for name in names))


def _database(desk: Desk) -> str | None:
    found: SecretStr | None = build_stores(desk).mlflow
    return None if found is None else found.get_secret_value()


def build_runner(desk: Desk, kind: str) -> AbstractContextManager[Runner]:
    """Where chunks of a search are done: `threads` of this process, or the workers of a `dask` cluster: the one at
    evolution.dask_address, or one of this machine that begins and ends with the context.

    Raises:
        BadInput: there is no such runner; entering: Dask is not installed, or the address is none.
        Unavailable: entering: no scheduler answers there.
    """
    settings = desk.loaded.settings.evolution
    if kind == "threads":
        from tasks.adapters.runners import ThreadRunner

        return nullcontext(ThreadRunner(settings.workers))
    if kind == "dask":
        from tasks.adapters.runners.dask import dask_runner

        return dask_runner(settings.dask_address, settings.workers)
    raise BadInput(f"there is no runner {kind}; there is threads, dask")
