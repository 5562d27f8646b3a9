"""What each model is worth: alone after costs, and in what it is a part of."""

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    show_json,
    show_rows,
    working,
)
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.ablating import AblationReport
from tasks.session.ablating import ablate as ablate_models
from tasks.session.ablating.publishing import publish
from tasks.session.ablating.showing import Table, costs_sentence, intervals_sentence, tables_of


def ablate(venue: Venue = None, symbol: Symbol = None, timeframe: Timeframe = None, as_json: AsJson = False) -> None:
    """Measure what each model, alpha and feature group is worth out of sample, after costs, and write a report."""
    desk = build_desk(book_flags(venue, symbol, timeframe))
    with working() as say, _bar() as bar:
        task = bar.add_task("starting", total=1.0)

        def advance(text: str, share: float) -> None:
            bar.update(task, description=text, completed=share)
            if not progress.is_terminal:
                say(f"{share:4.0%} {text}")

        report = publish(desk, build_tracker(desk), ablate_models(desk, advance), say)
    if as_json:
        show_json(report.as_json())
    else:
        show(report)


def show(report: AblationReport) -> None:
    """For people: tables, what to know of them, what is proposed, and where the page is."""
    for one in tables_of(report):
        _show_by_series(one)
        out.print(one.note, highlight=False)
    out.print(f"{costs_sentence(report)} {intervals_sentence(report)}", highlight=False)
    for proposal in report.proposals:
        out.print(proposal.sentence, highlight=False)
        if proposal.rule is not None:
            out.print(f"    {proposal.rule}", highlight=False)
    out.print(f"report {report.page}", highlight=False)


def _show_by_series(table: Table) -> None:
    """A table for each series, without the column that would name it."""
    for series in dict.fromkeys(row["series"] for row in table.rows):
        rows = [row for row in table.rows if row["series"] == series]
        shown = [name for name in rows[0] if name != "series"]
        show_rows(f"{table.title}: {series}", shown, [[row[name] for name in shown] for row in rows])


def _bar() -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=progress, disable=not progress.is_terminal)
