"""Regime history, and what both detectors are like."""

from dataclasses import replace
from pathlib import Path
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
from models.types import BadInput
from tasks.bootstrap import build_desk
from tasks.session.detection import regime_settings
from tasks.session.regimes import (
    RegimeReport,
    SimulatedReport,
    Table,
    keep_history,
    regime_report,
    report_tables,
    simulated_report,
    simulated_tables,
    together,
)


def regimes(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    detector: Annotated[str | None, typer.Option(help="rules or hmm (default: regimes.detector).")] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Parquet, CSV or feather file of true regimes: columns ts and truth. Judged on the series' own bars."
        ),
    ] = None,
    simulate: Annotated[
        int | None, typer.Option(metavar="SEED", help="Use simulated bars of known regime; needs no data.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Detect regimes by both detectors, store their history, and show what it is like.

    With --truth the series' own bars are judged, whatever regimes.context and regimes.trigger say.
    """
    desk = build_desk(book_flags(venue, symbol, timeframe) | {"regimes.detector": detector})
    settings = regime_settings(desk)
    if simulate is not None:
        if truth is not None:
            raise BadInput("--simulate brings its own truth; give either it or --truth")
        with working():
            simulated = simulated_report(simulate, settings)
        _show_simulated(simulated, as_json)
        return
    wanted = desk.universe()
    if truth is not None and len(wanted) > 1:
        listed = ", ".join(map(str, wanted))
        raise BadInput(f"--truth is of one series, these are {len(wanted)}: {listed}. Give one --symbol")
    for series in wanted:
        desk.lake.require(series)
    if truth is not None:
        settings = replace(settings, context=wanted[0].timeframe, trigger=wanted[0].timeframe)
    with working() as say:
        reports = []
        for series in wanted:
            say(f"regimes of {series}")
            reports.append(regime_report(desk, keep_history(desk, series, settings), truth))
    _show(reports, as_json)


def _show(reports: list[RegimeReport], as_json: bool) -> None:
    if as_json:
        show_json(reports[0].as_json() if len(reports) == 1 else together(reports))
        return
    for report in reports:
        _show_tables(report_tables(report))
        out.print(f"volatility index: {report.kept.index_source}", highlight=False)
        out.print(report.kept.note, highlight=False)


def _show_simulated(report: SimulatedReport, as_json: bool) -> None:
    if as_json:
        show_json(report.as_json())
        return
    _show_tables(simulated_tables(report))


def _show_tables(tables: list[Table]) -> None:
    for table in tables:
        show_rows(table.title, list(table.rows[0]), [list(row.values()) for row in table.rows])
