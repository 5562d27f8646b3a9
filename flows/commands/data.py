"""Bars into the lake, and SQL over it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    DryRun,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    show_fields,
    show_json,
    show_rows,
    warn,
    working,
)
from models.types import Series, parse_time
from tasks.bootstrap import build_action_feed, build_desk, build_feed, build_journal
from tasks.session.actions import ingest_actions
from tasks.session.feeds import watch_feeds
from tasks.session.intake import Intake, ingest, take_in_archive
from tasks.session.queries import run_query

GAPS_SHOWN = 40
DAMAGED = 1


def import_archive(
    path: Annotated[Path, typer.Argument(help="A .parquet, .csv or .feather file.")],
    venue: Annotated[str, typer.Option(help="Venue that the bars are from, such as binance.")],
    symbol: Annotated[str, typer.Option(help="Symbol, such as BTC/USDT.")],
    timeframe: Annotated[str, typer.Option(help="Bar size: 1m 5m 15m 30m 1h 4h 1d.")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import an archive of bars. The same file twice changes nothing; bad rows are quarantined with their reasons."""
    from tasks.adapters.archives import read_archive

    series = Series(venue, symbol, timeframe)
    desk = build_desk()
    is_index = symbol == desk.venue(venue).index
    with working():
        result = take_in_archive(desk, series, read_archive(path, symbol, is_index), store=not dry_run)
    _show_intake([result], as_json, dry_run)


def ingest_series(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    since: Annotated[str | None, typer.Option(help="Begin of a new series, such as 2020-01-01 (UTC).")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Fetch what the lake does not have yet from the venue; interrupted, it goes on where it stopped."""
    desk = build_desk(book_flags(venue, symbol, timeframe))
    begin = None if since is None else parse_time(since)
    wanted, haven = list(desk.universe()), desk.haven()
    if haven is not None and not symbol:
        wanted.append(haven)
    index = desk.venue(wanted[0].venue).index
    if index is not None and not symbol:
        wanted.append(Series(wanted[0].venue, index, "1d"))
    journal = None if dry_run else build_journal(desk)
    with working() as say:

        def report(text: str, share: float) -> None:
            say(f"{text}, {share:.0%}")

        try:
            results = [
                ingest(desk, series, build_feed(desk, series, journal), begin, not dry_run, report) for series in wanted
            ]
            for series in () if dry_run else wanted:
                ingest_actions(desk, series, build_action_feed(desk, series))
        finally:
            if journal is not None:
                watch_feeds(desk, journal)
    _show_intake(results, as_json, dry_run)


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; see `SELECT * FROM bars LIMIT 5`.")], as_json: AsJson = False
) -> None:
    """Read-only DuckDB over the lake (bars, predictions) and the journal (decisions, intents, orders, fills, ...)."""
    desk = build_desk()
    answer = run_query(desk, build_journal(desk), query)
    if as_json:
        show_json(asdict(answer))
    else:
        show_rows(f"{len(answer.rows)} rows", answer.columns, [list(row) for row in answer.rows])
    if answer.left_out:
        warn(f"{len(answer.left_out)} damaged files were left out: {'; '.join(answer.left_out)}")
        raise typer.Exit(DAMAGED)


def _show_intake(results: list[Intake], as_json: bool, dry_run: bool) -> None:
    if as_json:
        shown = [result.as_json() | {"dry_run": dry_run} for result in results]
        show_json(shown[0] if len(shown) == 1 else _together(shown))
        return
    for result in results:
        fields = result.as_json()
        gaps = fields.pop("gap_list")
        show_fields("would be imported" if dry_run else "in the lake", fields)
        if isinstance(gaps, list) and gaps:
            rows = [[gap["start"], gap["end"], gap["missing"]] for gap in gaps[:GAPS_SHOWN]]
            show_rows("missing bars", ["from", "to", "bars"], rows)
            if len(gaps) > GAPS_SHOWN:
                out.print(f"and {len(gaps) - GAPS_SHOWN} more gaps: --json lists them all")


def _together(shown: list[dict[str, object]]) -> dict[str, object]:
    totals = {
        name: sum(int(str(one[name])) for one in shown)
        for name in ("bars", "added", "gaps", "missing_bars", "quarantined")
    }
    firsts = [str(one["first"]) for one in shown if one["first"]]
    lasts = [str(one["last"]) for one in shown if one["last"]]
    span = {"first": min(firsts, default=None), "last": max(lasts, default=None)}
    return totals | span | {"series": shown}
