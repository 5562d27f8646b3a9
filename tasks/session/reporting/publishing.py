"""Keeping a report: page, picture and JSON among the reports, a run where they are compared, and word of it."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from data.files import write_atomically
from data.journal import Journal
from models.types import Unavailable, iso
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.reporting.page import page_of
from tasks.session.reporting.report import PeriodReport
from tasks.session.running.picture import curve_picture

EXPERIMENT = "reports"


@dataclass(frozen=True, slots=True)
class Pages:
    """What was kept: the page for people, the figures for scripts, and the picture."""

    page: Path
    figures: Path
    picture: bytes


def publish(desk: Desk, tracker: Tracker, report: PeriodReport, say: Callable[[str], None]) -> Pages:
    """Write the files, which a later report of the same book and period replaces, and log the run. A tracker that does
    not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    page = _path(desk, report)
    picture = curve_picture(report.summary, report.curve)
    pages = Pages(page, page.with_suffix(".json"), picture)
    write_atomically(page, page_of(report, picture).encode())
    write_atomically(pages.figures, (json.dumps(finite(report.as_json()), indent=1, allow_nan=False) + "\n").encode())
    try:
        tracker.log_page(EXPERIMENT, record_of(report, (pages.page, pages.figures)))
    except Unavailable as error:
        say(f"{error}; the report is not lost: {page}")
    return pages


def tell(desk: Desk, journal: Journal, report: PeriodReport, page: Path, at: int) -> bool:
    """Put word of it into the outbox, where `reports.tell` says so and its period is over; the same period of the same
    book is told once. Whether it was.
    """
    if not desk.loaded.settings.reports.tell or not report.is_over:
        return False
    key = f"report {report.span.period} {report.book} {iso(report.span.begin)}"
    journal.raise_alert(key, "info", f"{report.summary}. Page: {page.name}", at)
    return True


def record_of(report: PeriodReport, pages: tuple[Path, ...]) -> PageRecord:
    """What the tracker keeps."""
    metrics = {name: one.value for name, one in report.figures.items() if one.value is not None}
    metrics |= {"decisions": float(report.decisions), "trades": float(report.trades), "fills": float(report.fills)}
    metrics |= {f"costs.{name}": paid for name, paid in report.costs.items()}
    if report.money is not None:
        metrics |= {"profit": report.money.profit, "equity": report.money.end, "deposits": report.money.deposits}
    return PageRecord(
        name=f"{report.span.period} {report.span.name}",
        settings={"book": report.book, "period": report.span.period.value, "begin": iso(report.span.begin)},
        tags={"keel.book": report.book, "keel.is_over": str(report.is_over).lower()},
        metrics={name: figure for name, figure in metrics.items() if math.isfinite(figure)},
        pages=pages,
    )


def _path(desk: Desk, report: PeriodReport) -> Path:
    book = sha256(report.book.encode()).hexdigest()[:8]
    return desk.home / "state" / "reports" / f"report-{report.span.period}-{report.span.name}-{book}.html"
