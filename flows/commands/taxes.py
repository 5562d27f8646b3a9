"""keel taxes."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.output import AsJson, out, progress, show_json, show_rows, warn, working
from tasks.bootstrap import build_desk, build_journal

INCOMPLETE = 1


def taxes(
    year: Annotated[int | None, typer.Option(help="Of the calendar in taxes.time_zone, such as 2026.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, such as 2026-04-06.")] = None,
    end: Annotated[str | None, typer.Option(help="The day after the last one, such as 2027-04-06.")] = None,
    method: Annotated[
        str | None, typer.Option(help="fifo, lifo, hifo, average or share_pool (default: taxes.method).")
    ] = None,
    venue: Annotated[str | None, typer.Option(help="Only rows of this venue.")] = None,
    book: Annotated[str, typer.Option(help="live: real fills alone; paper.")] = "live",
    declared: Annotated[
        Path | None, typer.Option(help="CSV that says what came or left without a trade (docs/taxes.md).")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="CSV file that the rows are written to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Trades with their lots, fees and gains in one currency; exit code 1 where something is not known.

    This is no tax advice: which method and which pools the law wants is for you to find out.
    """
    from tasks.session.taxing import asked_of, tax_report
    from tasks.session.taxing.declared import read_declared
    from tasks.session.taxing.publishing import write_rows

    desk = build_desk()
    asked = asked_of(desk.loaded.settings.taxes, book, venue, year, start, end, method)
    with working():
        lines = [] if declared is None else read_declared(declared, asked.zone)
        report = tax_report(desk, build_journal(desk), asked, lines)
        if to is not None:
            write_rows(to, report.rows)
    if as_json:
        show_json(report.as_json() | {"file": None if to is None else str(to)})
    else:
        if report.totals:
            shown = [["not known" if cell is None else cell for cell in row.values()] for row in report.totals]
            show_rows(f"{asked.book}, {asked.settings.currency}, {asked.method}", list(report.totals[0]), shown)
        out.print(f"{len(report.rows)} rows; no tax advice", highlight=False)
        if to is not None:
            progress.print(f"file: {to}", style="dim", highlight=False)
    if not report.is_whole:
        for line in report.troubles():
            warn(line)
        raise typer.Exit(INCOMPLETE)
