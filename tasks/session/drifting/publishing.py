"""Keeping a drift report: its page and its JSON among the reports, a run where they are compared, and an alert."""

import json
import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from data.files import write_atomically
from data.journal import Journal
from models.types import Unavailable, iso
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.drifting.report import DriftReport
from tasks.session.drifting.showing import alert_text, page_of
from tasks.session.json_values import finite

EXPERIMENT = "drift"


def publish(desk: Desk, tracker: Tracker, report: DriftReport, say: Callable[[str], None]) -> Path:
    """Write page and JSON and log the run; a later look at the same newest bars replaces the files.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    page = _page(desk, report)
    write_atomically(page, page_of(report).encode())
    figures = page.with_suffix(".json")
    write_atomically(figures, (json.dumps(finite(report.as_json()), indent=1, allow_nan=False) + "\n").encode())
    try:
        tracker.log_page(EXPERIMENT, record_of(report, (page, figures)))
    except Unavailable as error:
        say(f"{error}; the drift report is not lost: {page}")
    return page


def raise_alerts(journal: Journal, report: DriftReport, at: int) -> None:
    """One for each version whose live words research does not repeat; the same bar again raises none."""
    for watched in report.watched:
        for one in watched.differing:
            key = f"unrepeated {watched.series} {one.model} {one.version} {one.differences[0].bar}"
            journal.raise_alert(key, "error", alert_text(watched, one), at)


def record_of(report: DriftReport, pages: tuple[Path, ...]) -> PageRecord:
    """What the tracker keeps: figures as `btc_usdt.xgboost.loss`."""
    metrics: dict[str, float] = {}
    for watched in report.watched:
        for one in watched.models:
            name = f"{_plain(watched.series.symbol)}.{one.model}"
            if one.drift is not None:
                metrics[f"{name}.shifted_share"] = one.drift.share
            if one.drift is not None and one.drift.performance is not None:
                found = one.drift.performance
                metrics |= {f"{name}.loss_rise": found.loss - found.reference_loss, f"{name}.error": found.error}
    return PageRecord(
        name=f"{','.join(one.series.symbol for one in report.watched)} {_day(report)}",
        settings={"series": ",".join(str(one.series) for one in report.watched)},
        tags={
            "keel.config_version": report.config_version,
            "keel.equal": str(report.equal).lower(),
            "keel.wants_training": ",".join(
                f"{one.series} {model}" for one in report.watched for model in one.to_train
            ),
        },
        metrics={name: figure for name, figure in metrics.items() if math.isfinite(figure)},
        pages=pages,
    )


def _page(desk: Desk, report: DriftReport) -> Path:
    asked = "\n".join((report.config_version, *(str(one.series) for one in report.watched)))
    stem = f"drift-{_day(report)}-{sha256(asked.encode()).hexdigest()[:8]}"
    return desk.home / "state" / "reports" / f"{stem}.md"


def _day(report: DriftReport) -> str:
    return iso(max(one.bar for one in report.watched))[:10]


def _plain(symbol: str) -> str:
    """With what a tracker takes in names."""
    return "".join(one if one.isalnum() else "_" for one in symbol.lower())
