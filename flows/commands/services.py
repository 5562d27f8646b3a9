"""The servers beside Keel: up, down, status; and those of other machines: deploy, worker."""

from collections.abc import Sequence
from typing import Annotated

import typer

from conf import PROJECT, home
from flows.commands.output import AsJson, out, say, show_json, show_rows, warn
from flows.commands.standing import show_stops
from models.types import BadInput, KeelError
from tasks.adapters.servers import (
    POOLS,
    Component,
    Plan,
    become_worker,
    deploy_all,
    env_of,
    kept_schedules,
    require_api_url,
    require_mlflow_url,
    set_schedules,
)
from tasks.adapters.servers import down as stop_servers
from tasks.adapters.servers import status as ask_servers
from tasks.adapters.servers import up as start_servers
from tasks.bootstrap import build_desk, build_journal, build_standing_desk, build_stores
from tasks.session.desk import Desk
from tasks.session.health import health_of


def up(
    schedules: Annotated[bool, typer.Option("--schedules", help="Turn the declared schedules on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start Prefect server, MLflow, worker, guardian and alerts in the background, the API where its tokens are set;
    deploy the flows.
    """
    desk = build_desk()
    servers = desk.loaded.settings.servers
    api_port, why_not = _api(desk)
    plan = Plan(
        PROJECT, desk.home, servers.prefect_port, servers.mlflow_port, api_port=api_port, pools=POOLS[servers.pools]
    )
    build_journal(desk)
    start_servers(plan, say, build_stores(desk))
    set_schedules(plan.api_url, schedules)
    if as_json:
        urls = {"prefect": plan.prefect_url, "mlflow": plan.mlflow_url, "api": _api_url(plan)}
        show_json({**urls, "schedules": schedules} | ({"api_missing": why_not} if why_not else {}))
        return
    out.print(f"Prefect  {plan.prefect_url}\nMLflow   {plan.mlflow_url}", highlight=False)
    out.print(f"Keel     {_api_url(plan) or f'not served: {why_not}'}", highlight=False)
    out.print(f"schedules are {'on' if schedules else 'paused; keel up --schedules turns them on'}")
    out.print(f"for the prefect command: export PREFECT_API_URL={plan.api_url}", highlight=False)


def _api(desk: Desk) -> tuple[int | None, str]:
    """(the port of the API, None where it cannot be started; why not)."""
    from tasks.serving import find_tokens

    try:
        find_tokens()
    except KeelError as error:
        return None, str(error)
    return desk.loaded.settings.api.port, ""


def _api_url(plan: Plan) -> str | None:
    return None if plan.api_port is None else f"http://{plan.host}:{plan.api_port}"


def deploy(
    schedules: Annotated[
        bool | None,
        typer.Option("--schedules/--no-schedules", help="Turn all schedules on or off (default: as they are)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Deploy the flows to the Prefect server that PREFECT_API_URL names, and to the work pools of servers.pools.

    The journal is brought up to date first. keel up does all this for the servers that it starts.
    """
    desk, api_url = build_desk(), require_api_url()
    build_journal(desk)
    pools = POOLS[desk.loaded.settings.servers.pools]
    with kept_schedules(api_url):
        deploy_all(PROJECT, env_of(desk.home, api_url, require_mlflow_url()), pools)
    changed = 0 if schedules is None else set_schedules(api_url, schedules)
    if as_json:
        show_json({"prefect": api_url, "pools": pools, "schedules_changed": changed})
    else:
        out.print(f"deployed to {', '.join(pools)} at {api_url}; {changed} schedules changed", highlight=False)


def worker(
    pool: Annotated[str, typer.Option("--pool", help="Work pool: keel, or trading, research or ingest.")],
    name: Annotated[str | None, typer.Option("--name", help="How Prefect shows it (default: host and pool).")] = None,
) -> None:
    """Run the flows of one work pool on this machine until interrupted.

    PREFECT_API_URL and MLFLOW_TRACKING_URI name the servers. keel up does so for those that it starts.
    """
    desk = build_standing_desk(warn)
    become_worker(PROJECT, desk.home, pool, name)


def down(as_json: AsJson = False) -> None:
    """Stop what `keel up` started, the worker first, the guardian and the alerts last."""
    stopped = stop_servers(home())
    if as_json:
        show_json({"stopped": stopped})
    else:
        out.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


def status(
    part: Annotated[str | None, typer.Option("--part", help="Only this one; exit code 1 where it is not well.")] = None,
    as_json: AsJson = False,
) -> None:
    """Health of each part, and what stops trading: since when, and who may release it."""
    desk = build_standing_desk(warn)
    servers = ask_servers(desk.home, POOLS[desk.loaded.settings.servers.pools])
    unread = None if part in (None, "lake") else Component("lake", True, "was not read")  # which may take minutes
    health = health_of(desk, lambda: build_journal(desk), servers, unread)
    if part is not None:
        _show_part(health.components, part, as_json)
        return
    if as_json:
        show_json(health.as_json())
        return
    stopped = f"stopped: {health.reason}" if health.stopped else "not stopped"
    rows = [[one.name, "ok" if one.ok else "down", one.why, one.url or ""] for one in health.components]
    show_rows(f"stage {health.stage}, {stopped}", ["part", "", "why", "address"], rows)
    show_stops(health.breakers)


def _show_part(components: Sequence[Component], name: str, as_json: bool) -> None:
    found = next((one for one in components if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in components)
        raise BadInput(f"found the part {name!r}; allowed is one of {known}")
    if as_json:
        show_json({"name": found.name, "ok": found.ok, "why": found.why})
    else:
        out.print(f"{found.name} {'ok' if found.ok else 'down'}: {found.why}", highlight=False)
    if not found.ok:
        raise typer.Exit(1)
