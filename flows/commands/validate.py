"""Validation: what is left of a result, and what may be said of each risk profile."""

from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    share_bar,
    show_by,
    show_json,
    show_rows,
    working,
)
from models.types import parse_time
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.validating import ValidationReport
from tasks.session.validating import validate as validate_book
from tasks.session.validating.publishing import publish
from tasks.session.validating.showing import Table, tables_of


def validate(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    start: Annotated[str | None, typer.Option(help="First bar, such as 2020-01-01 (UTC).")] = None,
    end: Annotated[str | None, typer.Option(help="Last bar, such as 2024-01-01 (UTC).")] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help="Risk profile; repeatable (default: all).")
    ] = None,
    paths: Annotated[
        int | None, typer.Option(help="Redrawn paths of trades and of candles (default: validation.paths).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take the book's result apart by regime, year, cost, delay, missing data and chance, and write a report."""
    desk = build_desk(book_flags(venue, symbol, timeframe) | {"validation.paths": paths})
    first, last = (None if text is None else parse_time(text) for text in (start, end))
    tracker = build_tracker(desk)
    with working() as say, share_bar() as bar:
        task = bar.add_task("starting", total=1.0)

        def advance(text: str, share: float) -> None:
            bar.update(task, description=text, completed=share)
            if not progress.is_terminal:
                say(f"{share:4.0%} {text}")

        found = validate_book(desk, tracker, first, last, advance, tuple(profile or ()))
        bar.update(task, description="writing the report")
        report = publish(desk, tracker, found, say)
    if as_json:
        show_json(report.as_json())
    else:
        show(report)


def show(report: ValidationReport) -> None:
    """For people: tables, what to know of them, verdicts, and where the page is."""
    for one in tables_of(report):
        _show_upright(one) if one.key == "profiles" else show_by("profile", one.title, one.rows)
        out.print(one.note, highlight=False)
    for found in report.profiles.values():
        out.print(found.verdict.text, highlight=False)
    out.print(f"report {report.page}", highlight=False)


def _show_upright(table: Table) -> None:
    """A column for each profile: twelve figures of it side by side are wider than a terminal."""
    heads, *figures = ([name, *(row[name] for row in table.rows)] for name in table.rows[0])
    show_rows(table.title, heads, figures)
