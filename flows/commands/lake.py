"""`keel data`: what the lake has, whether it can be trusted, and how it is put right."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.output import AsJson, DryRun, show_fields, show_json, show_rows, warn, working
from models.types import CALENDARS, Series
from tasks.bootstrap import build_desk, build_feed, build_journal
from tasks.ports import Feed
from tasks.session.actions import take_in_actions
from tasks.session.coverage import Coverage, coverage_of, matching
from tasks.session.desk import Desk
from tasks.session.repairing import repair, verification

GAPS_SHOWN = 40
DAMAGED = 1

data = typer.Typer(help="What the lake has, whether it can be trusted, how it is put right.", no_args_is_help=True)

Venue = Annotated[str | None, typer.Option("--venue", help="Only series of this venue.")]
Symbol = Annotated[list[str] | None, typer.Option("--symbol", help="Only this symbol; repeatable.")]
Timeframe = Annotated[str | None, typer.Option("--timeframe", help="Only this bar size.")]


@data.command()
def coverage(venue: Venue = None, symbol: Symbol = None, timeframe: Timeframe = None, as_json: AsJson = False) -> None:
    """Every series: bars present, truly missing, quiet without a trade, fallen into known outages, quarantined."""
    desk = build_desk()
    with working():
        found, damaged = coverage_of(desk, matching(desk, venue, symbol, timeframe))
    if as_json:
        broken = [{"series": str(series), "reason": reason} for series, reason in damaged.items()]
        show_json({"series": [one.as_json() for one in found], "damaged": broken})
    else:
        columns = ["series", "first", "last", "expected", "present", "missing", "outage", "quiet", "quarantined"]
        show_rows("coverage, in bars", columns, [[one.as_json()[name] for name in columns] for one in found])
        for one in found:
            _show_gaps(one)
    if damaged:
        warn("; ".join(f"{series}: {reason}" for series, reason in damaged.items()))
        raise typer.Exit(DAMAGED)


@data.command()
def verify(as_json: AsJson = False) -> None:
    """Hold every file of the lake against its checksum; exit code 1 when one is damaged."""
    desk = build_desk()
    with working():
        found = verification(desk, lambda _: None)
    if as_json:
        show_json(found.as_json())
    else:
        show_fields("the lake", {"files": found.files, "damaged": len(found.damaged)})
        if found.damaged:
            show_rows("damaged", ["file", "what is wrong"], [[str(one.path), one.reason] for one in found.damaged])
    if found.damaged:
        raise typer.Exit(DAMAGED)


@data.command(name="repair")
def repair_lake(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set damaged files of the whole lake aside, and fetch again what the chosen series lack.

    What a venue does not have is asked for once a week.
    """
    desk = build_desk()
    with working() as report:
        chosen = matching(desk, venue, symbol, timeframe) if venue or symbol or timeframe else list(desk.lake.series())
        done = repair(desk, chosen, _feed, not dry_run, report)
    if as_json:
        show_json(done.as_json() | {"dry_run": dry_run})
        return
    fields = done.as_json()
    show_fields(
        "would be repaired" if dry_run else "repaired",
        {"set aside": len(done.set_aside), "spans": len(done.refetched)}
        | {name: fields[name] for name in ("brought", "left")},
    )
    if done.set_aside:
        show_rows("set aside", ["file", "what is wrong"], [[str(one.path), one.reason] for one in done.set_aside])
    if done.refetched:
        columns = ["series", "start", "end", "wanted", "brought", "why"]
        show_rows("asked for", columns, [[one.as_json()[name] for name in columns] for one in done.refetched])


@data.command()
def actions(
    path: Annotated[Path, typer.Argument(help="A .csv or .parquet file of splits and dividends.")],
    venue: Annotated[str, typer.Option(help="Venue whose symbols these are, such as alpaca.")],
    as_json: AsJson = False,
) -> None:
    """Import splits and dividends: columns symbol, kind, ex_date, known_at, ratio, cash; or rows of price factors."""
    from tasks.adapters.archives.actions import read_actions

    desk = build_desk()
    with working():
        done = take_in_actions(desk, venue, read_actions(path, CALENDARS[desk.venue(venue).calendar]))
    if as_json:
        show_json(done.as_json())
    else:
        show_fields("corporate actions", done.as_json() | {"conflicts": len(done.conflicts)})


def _feed(desk: Desk, series: Series) -> Feed:
    return build_feed(desk, series, build_journal(desk))


def _show_gaps(one: Coverage) -> None:
    gaps = one.as_json()["gap_list"]
    if isinstance(gaps, list) and gaps:
        rows = [[gap["start"], gap["end"], gap["missing"], gap["kind"]] for gap in gaps[:GAPS_SHOWN]]
        show_rows(f"{one.series}: missing bars", ["from", "to", "bars", "kind"], rows)
        if len(gaps) > GAPS_SHOWN:
            show_rows("", [f"and {len(gaps) - GAPS_SHOWN} more: --json lists them all"], [])
