"""One trade cycle."""

from contextlib import nullcontext
from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    DryRun,
    Profile,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    show_json,
    show_rows,
    working,
)
from models.types import BadInput, parse_time
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint, scratch_journal
from tasks.session.cycle import Cycle, run_cycle


def trade(
    once: Annotated[bool, typer.Option("--once", help="One cycle for the newest closed bar.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Act as if it were this time, such as 2024-01-31T23:00Z.")] = None,
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    profile: Profile = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide for the newest closed bar and hand the orders to the paper broker; the same bar twice is one decision."""
    if not once:
        raise BadInput("say keel trade --once; the long-lived session is not built yet")
    moment = None if as_of is None else parse_time(as_of)
    desk = build_desk(book_flags(venue, symbol, timeframe, profile), moment)
    with working(), scratch_journal(desk) if dry_run else nullcontext(build_journal(desk)) as journal:
        cycle = run_cycle(desk, journal, build_broker(desk, journal), no_checkpoint)
    if as_json:
        show_json(cycle.as_json() | {"dry_run": dry_run})
    else:
        _show(cycle)


def _show(cycle: Cycle) -> None:
    fields = cycle.as_json()
    again = " (decided before, nothing new)" if cycle.repeated else ""
    out.print(f"bar {fields['bar']}, decision {fields['decision'] or 'none'}{again}", highlight=False)
    rows = []
    if cycle.decision is not None:
        rows += [
            [one.symbol, f"{one.side} {abs(one.quantity):g}", one.reason.text, one.bound.name.lower()]
            for one in cycle.decision.intents
        ]
        rows += [[symbol, "hold", reason.replace("_", " "), "-"] for symbol, reason in cycle.decision.held.items()]
    rows += [[one.symbol, "refused", one.reason.text, "-"] for one in cycle.refused]
    show_rows("decided", ["symbol", "what", "why", "bound by"], rows)
