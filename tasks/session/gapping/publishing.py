"""Keeping a gap report: its page, picture and JSON, a run where they are compared, the audit chain, and an alert."""

import json
import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from data.files import write_atomically
from data.journal import AuditKind, AuditLog, Entry, Journal
from models.types import Unavailable, iso
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.gapping.drawing import gap_lines
from tasks.session.gapping.report import GapReport
from tasks.session.gapping.showing import page_of, summary
from tasks.session.gapping.window import line_of
from tasks.session.json_values import finite

EXPERIMENT = "gap"
KEEL = "keel"


def publish(desk: Desk, tracker: Tracker, report: GapReport, say: Callable[[str], None]) -> Path:
    """Write page, picture and JSON and log the run; the same window again replaces the files.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    page = _page(desk, report)
    picture, figures = page.with_suffix(".png"), page.with_suffix(".json")
    write_atomically(picture, gap_lines(report))
    write_atomically(page, page_of(report, picture.name).encode())
    write_atomically(figures, (json.dumps(finite(report.as_json()), indent=1, allow_nan=False) + "\n").encode())
    try:
        tracker.log_page(EXPERIMENT, record_of(report, (page, picture, figures)))
    except Unavailable as error:
        say(f"{error}; the gap report is not lost: {page}")
    return page


def enter(journal: Journal, report: GapReport, at: int) -> Entry:
    """Write the gap into the audit chain at `at` (UTC microseconds), where the stages look, and tell a person if it is
    beyond its limit; the same window again tells nobody anew.
    """
    detail = {
        "book": report.book,
        "first": iso(report.first),
        "last": iso(report.last),
        "traded": report.traded,
        "total": report.total,
        **{kind.value: money for kind, money in report.parts.items()},
        "bps": report.bps(report.total),
        "limit_bps": report.limit_bps,
        "beyond": report.beyond,
    }
    if report.beyond:
        key = f"gap {report.book} {report.first} {report.last}"
        journal.raise_alert(key, "critical", f"{summary(report)}; the stage is lost by it: see keel gap", at)
    log = AuditLog(journal.engine)
    return log.append(Entry(AuditKind.GAP, line_of(report.book), KEEL, summary(report), detail, at))


def record_of(report: GapReport, pages: tuple[Path, ...]) -> PageRecord:
    """What the tracker keeps."""
    metrics = {"total": report.total, "bps": report.bps(report.total), "traded": report.traded}
    for kind, money in report.parts.items():
        metrics |= {kind.value: money, f"{kind.value}.bps": report.bps(money)}
    return PageRecord(
        name=f"{report.book} until {iso(report.last)[:10]}",
        settings={"book": report.book, "first": iso(report.first), "last": iso(report.last)},
        tags={"keel.config_version": report.config_version, "keel.beyond": str(report.beyond).lower()},
        metrics={name: figure for name, figure in metrics.items() if math.isfinite(figure)},
        pages=pages,
    )


def _page(desk: Desk, report: GapReport) -> Path:
    asked = f"{report.book}\n{report.first}\n{report.last}\n{report.config_version}"
    stem = f"gap-{iso(report.last)[:10]}-{sha256(asked.encode()).hexdigest()[:8]}"
    return desk.home / "state" / "reports" / f"{stem}.md"
