"""The command of the API and the dashboard."""

from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module


def serving(plan: Plan, port: int) -> Command:
    """It asks no server; what it answers without a token says no more than that it lives."""
    url = f"http://{plan.host}:{port}"
    return Command(
        name="api",
        argv=python_module("tasks.serving"),
        env=client_env(plan),
        url=url,
        health=f"{url}/health",
        keyed=True,  # it has the tokens of those that ask, and cancels and sells by connections of its own
    )
