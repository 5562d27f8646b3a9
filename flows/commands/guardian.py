"""Watching the trader: a process of its own, which knows no Prefect and no MLflow."""

import os
import sys
from typing import Annotated

import typer

from conf import PROJECT
from flows.commands.output import AsJson, out, show_json, show_rows, warn, working
from models.types import BadInput


def guardian(
    look: Annotated[bool, typer.Option("--look", help="Look once, say what is found, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch the trader until interrupted: heartbeat, equity, open orders, feeds, journal.

    A trader that falls silent loses the right to order: its entries are cancelled, its stops rest, trading is stopped
    until keel resume. With --look nothing is done, not even a sign of life given.
    """
    if look:
        _look(as_json)
        return
    if as_json:
        raise BadInput("--json is for one look: say keel guardian --look --json, or leave it out")
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "tasks.guardian"])  # noqa: S606 - our own module, no shell


def _look(as_json: bool) -> None:
    from tasks.guardian import look_once

    with working():
        seen = look_once(warn)
    if as_json:
        show_json(seen.as_json())
        return
    fields = seen.as_json()
    out.print(f"equity {fields['equity'] or 'not known'}, {fields['entries']} orders that open", highlight=False)
    out.print(f"stopped: {fields['reason']}" if fields["stopped"] else "not stopped", highlight=False)
    rows = [[one.what.value, one.level.name.lower(), one.text] for one in seen.findings]
    if rows:
        show_rows("found", ["what", "stops at", ""], rows)
    else:
        out.print("nothing is wrong")
