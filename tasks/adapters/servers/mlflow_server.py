"""The command of an embedded MLflow server: SQLite and local files, one worker, no job runner."""

from tasks.adapters.servers.plan import Plan, client_env, state_dir
from tasks.adapters.servers.process import Command, python_module


def mlflow_server(plan: Plan) -> Command:
    """Without the job runner the server is up in half the time, in two processes instead of ten."""
    state = state_dir(plan.home)
    return Command(
        name="mlflow",
        argv=python_module(
            *("mlflow", "server"),
            *("--backend-store-uri", f"sqlite:///{state / 'mlflow.db'}"),
            *("--artifacts-destination", str(state / "mlartifacts")),
            *("--host", plan.host, "--port", str(plan.mlflow_port), "--workers", "1"),
        ),
        env={**client_env(plan), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        url=plan.mlflow_url,
        health=f"{plan.mlflow_url}/health",
    )
