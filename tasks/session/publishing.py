"""Showing a backtest: its tear sheet among the reports, and a run of its own where backtests are compared."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from data.files import write_atomically
from models.types import Unavailable
from tasks.ports import BacktestRecord, Tracker
from tasks.session.backtesting import BacktestReport
from tasks.session.desk import Desk
from tasks.session.tearsheet import page_of


def publish(desk: Desk, tracker: Tracker, report: BacktestReport, say: Callable[[str], None]) -> BacktestReport:
    """The report with the path of its tear sheet, after that was written and the run was logged.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: the tear sheet cannot be written.
    """
    page = sheet_path(desk, report)
    write_atomically(page, page_of(report).encode())
    try:
        tracker.log_backtest(record_of(desk, report, page))
    except Unavailable as error:
        say(f"{error}; the backtest is not lost: {page}")
    return replace(report, tear_sheet=page)


def with_sheet(desk: Desk, report: BacktestReport) -> BacktestReport:
    """The report with the path of its tear sheet, if an earlier run of the same backtest has written one."""
    page = sheet_path(desk, report)
    return replace(report, tear_sheet=page if page.exists() else None)


def sheet_path(desk: Desk, report: BacktestReport) -> Path:
    """Where the tear sheet of a backtest is: the same backtest again replaces it."""
    made = report.provenance
    first, last = (moment[:10] for moment in report.window)
    name = f"backtest-{first}-{last}-{report.intents_sha256[:8]}-{made.config_version[:8]}.html"
    return desk.home / "state" / "reports" / name


def record_of(desk: Desk, report: BacktestReport, page: Path) -> BacktestRecord:
    """What the tracker keeps. A doubted result's figures have names of their own, so that none is at the top of a list
    sorted by what others reached honestly.
    """
    made, settings = report.provenance, desk.loaded.settings
    first, last = report.window
    symbols = ",".join(report.book.symbols)
    series = report.book.series[0]
    prefix = "" if report.plausible else "doubted."
    return BacktestRecord(
        name=f"{series.venue} {symbols} {series.timeframe} {first[:10]} to {last[:10]}",
        settings={
            "venue": series.venue,
            "symbols": symbols,
            "timeframe": series.timeframe,
            "profile": made.profile,
            "first": first,
            "last": last,
            "bars": report.run.panel.ts.size,
            "capital": report.book.capital,
            "cost_multiple": made.cost_multiple,
            "stage": settings.stage,
        },
        tags={
            "keel.symbols": symbols,
            "keel.profile": made.profile,
            "keel.config_version": made.config_version,
            "keel.intents_sha256": report.intents_sha256,
            "keel.data_sha256": ",".join(made.data_sha256.values()),
            "keel.models": ",".join(made.models.values()),
            "keel.plausible": str(report.plausible).lower(),
            "keel.command": made.command,
        },
        metrics=_figures(f"{prefix}out_of_sample", asdict(report.out_of_sample))
        | _figures(f"{prefix}in_sample", asdict(report.in_sample))
        | _figures_of_systems(report, prefix)
        | _figures("hold", asdict(report.hold.metrics)),
        page=page,
    )


def _figures_of_systems(report: BacktestReport, prefix: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, metrics in report.systems.items():
        found |= _figures(f"{prefix}{name}", asdict(metrics))
    return found


def _figures(group: str, metrics: dict[str, float | None]) -> dict[str, float]:
    return {f"{group}.{name}": float(figure) for name, figure in metrics.items() if figure is not None}
