"""One trade cycle, and the past replayed."""

from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import Progress
from structlog.contextvars import bound_contextvars

from flows.commands.output import (
    AsJson,
    DryRun,
    Profile,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    show_fields,
    show_json,
    show_rows,
    warn,
    working,
)
from flows.commands.session import run_session
from models.types import BadInput, Regime, parse_time
from tasks.bootstrap import (
    build_broker,
    build_desk,
    build_paper_broker,
    build_trading_desk,
    scratch_desk,
    scratch_journal,
)
from tasks.session.cycle import Cycle
from tasks.session.desk import Desk
from tasks.session.guarding.alive import alive_cycle
from tasks.session.parity import Parity
from tasks.session.predicting.awaiting import await_words
from tasks.session.replay import replay as run_replay
from tasks.session.review import run_reviewed
from tasks.session.staging import put_on_record

DIFFERENT = 1


def trade(
    once: Annotated[bool, typer.Option("--once", help="One cycle for the newest closed bar.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Act as if it were this time, such as 2024-01-31T23:00Z.")] = None,
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    profile: Profile = None,
    live: Annotated[bool, typer.Option("--live", help="Send real orders; see keel live status.")] = False,
    session: Annotated[bool, typer.Option("--session", help="Go on at the close of every bar.")] = False,
    capital: Annotated[
        float | None, typer.Option(help="With --session: quote currency that the campaign begins with.")
    ] = None,
    duration: Annotated[
        str | None, typer.Option(help="With --session: how long, such as 30d, 12h or 90m (default: until interrupted).")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide for the newest closed bar and hand the orders to the broker; the same bar twice is one decision.

    With --session it goes on at the close of every bar, bringing the bars in itself; a campaign that crashed or was
    interrupted goes on where it stopped, and its report is shown at the end (again: keel session).

    On paper the bars fill them. Live orders want the stage, sound keys, a person's confirmation and --live.
    While the configuration is not valid the parameters that were adopted last decide, with a warning.
    """
    if once == session:
        raise BadInput("say either keel trade --once or keel trade --session")
    if session and (dry_run or as_of is not None):
        raise BadInput("a session trades from now on; leave --dry-run and --as-of out, or say keel trade --once")
    if not session and (capital is not None or duration is not None):
        raise BadInput("--capital and --duration are a session's; say keel trade --session, or leave them out")
    if live and dry_run:
        raise BadInput("a dry run sends nothing; leave --live or --dry-run out")
    moment = None if as_of is None else parse_time(as_of)
    flags = book_flags(venue, symbol, timeframe, profile)
    if session:
        run_session(flags, capital, duration, live, as_json)
        return
    opened = scratch_desk(flags, warn, moment) if dry_run else nullcontext(build_trading_desk(flags, warn, moment))
    with working(), bound_contextvars(dry_run=dry_run or None), opened as (desk, journal):
        if moment is None:
            await_words(desk)
        with alive_cycle(desk, journal) as passed:
            broker = build_paper_broker(desk, journal, passed) if dry_run else build_broker(desk, journal, live, passed)
            with put_on_record(desk, journal) as ended:
                cycle = run_reviewed(desk, journal, broker, passed)
                ended(cycle.bar, cycle.decision is not None)
    if as_json:
        show_json(cycle.as_json() | {"dry_run": dry_run})
    else:
        _show(cycle)


def replay(
    last: Annotated[int, typer.Option("--last", help="So many bars, up to the newest closed one.")],
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Go the paper path over the last bars of the lake on a virtual clock, and hold it against the backtest.

    The account's own journal is neither read nor written. Exit code 1 when the two differ in a single bit.
    """
    desk = build_desk(book_flags(venue, symbol, timeframe, profile))
    parity = _replayed(desk, last)
    if as_json:
        show_json(parity.as_json())
    else:
        _show_parity(parity)
    if not parity.equal:
        raise typer.Exit(DIFFERENT)


def _replayed(desk: Desk, bars: int) -> Parity:
    # The scratch copy of an empty home's journal: what the account has decided plays no part.
    with working(), TemporaryDirectory() as empty, Progress(console=progress, transient=True) as shown:
        task = shown.add_task("paper trading", total=None)
        with scratch_journal(Path(empty)) as journal:
            return run_replay(
                desk,
                journal,
                lambda one: build_paper_broker(one, journal),
                bars,
                lambda done, total: shown.update(task, completed=done, total=total),
            )


def _show_parity(parity: Parity) -> None:
    fields = parity.as_json()
    show_fields("replayed", {name: fields[name] for name in ("first", "last", "bars", "orders", "fills", "switches")})
    out.print(f"paper intents    {parity.paper_sha256}\nbacktest intents {parity.backtest_sha256}", highlight=False)
    if parity.first_difference is not None:
        out.print(f"they differ first at {parity.first_difference}", highlight=False)
    elif parity.orders:
        out.print("paper equals the backtest, to the bit")
    else:
        out.print("paper equals the backtest, but nothing was ordered: replay more bars, or run keel train first")


def _show(cycle: Cycle) -> None:
    fields = cycle.as_json()
    again = " (decided before, nothing new)" if cycle.repeated else ""
    out.print(f"bar {fields['bar']}, decision {fields['decision'] or 'none'}{again}", highlight=False)
    show_rows("decided", ["system", "symbol", "what", "why", "bound by"], _rows(cycle))


def _rows(cycle: Cycle) -> list[list[str]]:
    decision, rows = cycle.decision, list[list[str]]()
    if decision is not None:
        rows += [
            [one.system, one.symbol, "in charge", f"{_name(one.after)} after {_name(one.before)}", "-"]
            for one in decision.switches
        ]
        rows += [
            [one.system, one.symbol, f"{one.side} {abs(one.quantity):g}", one.reason.text, one.bound.name.lower()]
            for one in decision.intents
        ]
        rows += [
            [system, symbol, "hold", reason.replace("_", " "), "-"]
            for system, held in decision.held.items()
            for symbol, reason in held.items()
        ]
    rows += [[one.system, one.symbol, "refused", one.reason.text, "-"] for one in cycle.refused]
    fills = [one.fill for one in cycle.fills]
    return rows + [
        [one.system, one.symbol, one.leg.name.lower(), f"filled {one.quantity:+g} at {one.price:g}", "-"]
        for one in fills
    ]


def _name(one: Regime | None) -> str:
    return "nobody" if one is None else one.name.lower()
