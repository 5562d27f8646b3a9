"""The command of the guardian, which watches the trader beside the servers."""

from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module


def guardian(plan: Plan) -> Command:
    """It serves nobody and asks no server: whether it lives is said by its heartbeat in the journal."""
    return Command(
        name="guardian",
        argv=python_module("tasks.guardian"),
        env=client_env(plan),
        keyed=True,  # it cancels and sells by connections of its own
    )
