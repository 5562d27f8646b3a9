"""Alerts from the outbox to people: a process beside the guardian. It knows no Prefect, MLflow, jax or pandas."""

from tasks.alerting.commands import acknowledge_alerts, list_alerts, send_tests
from tasks.alerting.running import run_alerting

__all__ = ["acknowledge_alerts", "list_alerts", "run_alerting", "send_tests"]
