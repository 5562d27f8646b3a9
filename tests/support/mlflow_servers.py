"""A real MLflow server, alone, for the tests of what is kept in it; and MLflow's client pointed at one for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import ROOT, carriers

from tasks.adapters.servers import Plan, free_port, health, launch, stop
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.plan import state_dir


@dataclass(frozen=True, slots=True)
class Kept:
    """Where things are kept: the address of a server or a database, and the folder of the artifacts."""

    uri: str
    artifacts: Path


@contextmanager
def served(home: Path) -> Iterator[Kept]:
    """A server of that home, stopped at the end with everything that came of it."""
    plan = Plan(ROOT, home, free_port(), free_port())
    state_dir(home).mkdir(parents=True)
    process = launch(mlflow_server(plan), state_dir(home), home / "mlflow.log", mark=f"{home.name}/")
    try:
        health.wait_healthy(process)
        yield Kept(plan.mlflow_url, state_dir(home) / "mlartifacts")
    finally:
        stop(process, 10.0)
    assert carriers(home) == []


@contextmanager
def pointed_at(uri: str) -> Iterator[None]:
    """`models:/` and `runs:/` addresses are of this server or database; nothing of it is left in the environment."""
    import mlflow

    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        mlflow.set_tracking_uri(uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)
