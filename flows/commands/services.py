"""The servers beside Keel: up, down, status."""

from typing import Annotated

import typer

from conf import PROJECT, home
from flows.commands.output import AsJson, out, say, show_json, show_rows, warn
from flows.commands.standing import show_stops
from tasks.adapters.servers import Plan, set_schedules
from tasks.adapters.servers import down as stop_servers
from tasks.adapters.servers import status as ask_servers
from tasks.adapters.servers import up as start_servers
from tasks.bootstrap import build_desk, build_journal, build_standing_desk
from tasks.session.health import health_of


def up(
    schedules: Annotated[bool, typer.Option("--schedules", help="Turn the declared schedules on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start Prefect server, MLflow, worker and guardian in the background and deploy the flows."""
    desk = build_desk()
    servers = desk.loaded.settings.servers
    plan = Plan(PROJECT, desk.home, servers.prefect_port, servers.mlflow_port)
    build_journal(desk)
    start_servers(plan, say)
    set_schedules(plan.api_url, schedules)
    if as_json:
        show_json({"prefect": plan.prefect_url, "mlflow": plan.mlflow_url, "schedules": schedules})
        return
    out.print(f"Prefect  {plan.prefect_url}\nMLflow   {plan.mlflow_url}", highlight=False)
    out.print(f"schedules are {'on' if schedules else 'paused; keel up --schedules turns them on'}")
    out.print(f"for the prefect command: export PREFECT_API_URL={plan.api_url}", highlight=False)


def down(as_json: AsJson = False) -> None:
    """Stop what `keel up` started, the worker first, the guardian last."""
    stopped = stop_servers(home())
    if as_json:
        show_json({"stopped": stopped})
    else:
        out.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


def status(as_json: AsJson = False) -> None:
    """Health of each part, and what stops trading: since when, and who may release it."""
    desk = build_standing_desk(warn)
    health = health_of(desk, lambda: build_journal(desk), ask_servers(desk.home))
    if as_json:
        show_json(health.as_json())
        return
    stopped = f"stopped: {health.reason}" if health.stopped else "not stopped"
    rows = [[one.name, "ok" if one.ok else "down", one.why, one.url or ""] for one in health.components]
    show_rows(f"stage {health.stage}, {stopped}", ["part", "", "why", "address"], rows)
    show_stops(health.breakers)
