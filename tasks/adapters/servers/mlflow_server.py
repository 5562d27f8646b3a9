"""The command of an embedded MLflow server: SQLite or a database by URL, local files, one worker, no job runner."""

from pydantic import SecretStr

from tasks.adapters.servers.plan import Plan, client_env, state_dir
from tasks.adapters.servers.process import Command, python_module

# Without the job runner the server is up in half the time, in two processes instead of ten.
NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def mlflow_server(plan: Plan, store: SecretStr | None = None) -> Command:
    """`store`: the URL of its database, None for SQLite below the home. By the environment: it may have a password."""
    state = state_dir(plan.home)
    database = f"sqlite:///{state / 'mlflow.db'}" if store is None else store.get_secret_value()
    return Command(
        name="mlflow",
        argv=python_module(
            *("mlflow", "server"),
            *("--artifacts-destination", str(state / "mlartifacts")),
            *("--host", plan.host, "--port", str(plan.mlflow_port), "--workers", "1"),
        ),
        env=client_env(plan) | NO_JOBS | {"MLFLOW_BACKEND_STORE_URI": database},
        url=plan.mlflow_url,
        health=f"{plan.mlflow_url}/health",
    )
