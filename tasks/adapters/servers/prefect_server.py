"""The command of an embedded Prefect server: SQLite below PREFECT_HOME, user interface included."""

from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module


def prefect_server(plan: Plan) -> Command:
    """The server; PREFECT_API_URL, in the client environment, is also where its user interface looks for the API."""
    return Command(
        name="prefect",
        argv=python_module(
            *("prefect", "--no-prompt", "server", "start"),
            *("--host", plan.host, "--port", str(plan.prefect_port)),
        ),
        env=client_env(plan),
        url=plan.prefect_url,
        health=f"{plan.api_url}/ready",
    )
