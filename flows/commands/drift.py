"""keel drift."""

from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    show_json,
    show_rows,
    working,
)
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.drifting import DriftReport
from tasks.session.drifting.publishing import publish, raise_alerts
from tasks.session.drifting.retraining import retrain as train_again
from tasks.session.drifting.showing import (
    difference_lines,
    input_rows,
    model_rows,
    repeat_rows,
    trained_lines,
    verdict_lines,
)
from tasks.session.drifting.watching import watch

DIFFERENT = 1


def drift(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Train again whatever has drifted or fallen silent.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the newest bars against what each model was trained on, and its live words against research.

    Ends with 1 where research does not repeat the live words to the bit.
    """
    desk = build_desk(book_flags(venue, symbol, timeframe))
    with working() as say:
        watched = []
        for series in desk.universe():
            say(f"drift of {series}")
            watched.append(watch(desk, series))
        trained = train_again(desk, watched, say) if retrain else ()
        report = DriftReport(desk.loaded.version, tuple(watched), trained)
        publish(desk, build_tracker(desk), report, say)
        if not report.equal:
            raise_alerts(build_journal(desk), report, desk.clock.now())
    if as_json:
        show_json(report.as_json())
    else:
        _show(report)
    if not report.equal:
        raise typer.Exit(DIFFERENT)


def _show(report: DriftReport) -> None:
    """For people: of the inputs those that have shifted; the page has them all."""
    shifted = [row for row in input_rows(report.watched) if row["shifted"]]
    tables = (
        ("models", model_rows(report.watched)),
        ("inputs that have shifted", shifted),
        ("live words, said again by research", repeat_rows(report.watched)),
    )
    for title, rows in tables:
        if rows:
            show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
    for line in (*verdict_lines(report.watched), *difference_lines(report.watched), *trained_lines(report)):
        out.print(line, highlight=False)
