"""Alerts: look, acknowledge, test the channels."""

from typing import Annotated

import typer

from flows.commands.output import AsJson, Who, Why, name_of, out, show_json, show_rows, warn, working

alerts = typer.Typer(help="Alerts: what was raised, who looks after it, whether the channels work.")

Open = Annotated[bool, typer.Option("--open", help="Only those that nobody has acknowledged.")]
Limit = Annotated[int, typer.Option(help="The newest so many.", min=1, max=100_000)]


@alerts.callback(invoke_without_command=True)
def alerts_or_list(context: typer.Context, only_open: Open = False, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Without a further word it lists."""
    if context.invoked_subcommand is None:
        list_alerts(only_open, limit, as_json)


@alerts.command("list")
def list_alerts(only_open: Open = False, limit: Limit = 50, as_json: AsJson = False) -> None:
    """The newest alerts, with the id to acknowledge them by and their section of the runbook."""
    from tasks.alerting import list_alerts as found

    with working():
        rows = found(warn, only_open, limit)
    if as_json:
        show_json(rows)
    else:
        _show(rows)


@alerts.command("acknowledge")
def acknowledge(
    ids: Annotated[list[str], typer.Argument(help="As keel alerts shows them; several at once.")],
    why: Why,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Say that somebody looks after it: it is escalated and repeated no more."""
    from tasks.alerting import acknowledge_alerts

    with working():
        rows = acknowledge_alerts(warn, ids, name_of(who), why)
    if as_json:
        show_json(rows)
    else:
        _show(rows)


@alerts.command("test")
def send_tests(
    channel: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable (default: all).")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a test message through every channel now. Exit code 1 where one did not take it."""
    from tasks.alerting import send_tests as sent

    with working():
        found = sent(warn, channel or [])
    if as_json:
        show_json([{"channel": one.channel, "ok": one.error is None, "error": one.error} for one in found])
    else:
        show_rows("channels", ["channel", "", ""], [[one.channel, _said(one.error), one.error or ""] for one in found])
    if any(one.error is not None for one in found):
        raise typer.Exit(1)


def _said(error: str | None) -> str:
    return "took it" if error is None else "failed"


def _show(rows: list[dict[str, object]]) -> None:
    if not rows:
        out.print("no alerts")
        return
    columns = ("id", "severity", "kind", "raised_at", "text", "acknowledged_by", "runbook")
    show_rows("alerts", [one.replace("_", " ") for one in columns], [[row[one] for one in columns] for row in rows])
