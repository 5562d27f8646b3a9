"""The command of the dispatcher, which tells people of alerts beside the servers."""

from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module


def alerts(plan: Plan) -> Command:
    """It serves nobody and asks no server: whether it lives is said by its heartbeat in the journal."""
    return Command(
        name="alerts",
        argv=python_module("tasks.alerting"),
        env=client_env(plan),
        keyed=True,  # the addresses of its channels are secrets
    )
