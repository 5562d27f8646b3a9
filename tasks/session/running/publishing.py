"""Keeping a campaign's report: page, picture and JSON among the reports, and a run where they are compared."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from data.files import write_atomically
from models.types import Unavailable
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.running.picture import campaign_picture
from tasks.session.running.report import CampaignReport
from tasks.session.running.showing import page_of

EXPERIMENT = "sessions"


@dataclass(frozen=True, slots=True)
class Pages:
    """What was kept: the Markdown page, where it is, and the PNG beside it."""

    text: str
    path: Path
    picture: bytes


def publish(desk: Desk, tracker: Tracker, report: CampaignReport, say: Callable[[str], None]) -> Pages:
    """Write the files, which a later report of the same campaign replaces, and log the run. A tracker that does not
    answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    path = desk.home / "state" / "reports" / f"{_stem(report)}.md"
    picture = campaign_picture(report)
    text = f"{page_of(report)}\n![equity and drawdown]({path.with_suffix('.png').name})\n"
    write_atomically(path, text.encode())
    write_atomically(path.with_suffix(".png"), picture)
    figures = json.dumps(finite(report.as_json()), indent=1, allow_nan=False) + "\n"
    write_atomically(path.with_suffix(".json"), figures.encode())
    pages = (path, path.with_suffix(".png"), path.with_suffix(".json"))
    try:
        tracker.log_page(EXPERIMENT, _record(report, pages))
    except Unavailable as error:
        say(f"{error}; the report of the campaign is not lost: {path}")
    return Pages(text, path, picture)


def _record(report: CampaignReport, pages: tuple[Path, ...]) -> PageRecord:
    metrics = {name: one.value for name, one in report.figures.items() if one.value is not None}
    metrics |= {f"bars.{name}": float(count) for name, count in report.bars.items()}
    metrics |= {"days": report.days, "trades": float(report.trades), "crashes": float(report.crashes)}
    if report.profit is not None:
        metrics["profit"] = report.profit
    return PageRecord(
        name=f"{report.stage} {report.campaign}",
        settings={"book": report.book, "capital": report.capital, "stage": report.stage},
        tags={
            "keel.releases": ",".join(report.releases),
            "keel.equal": "" if report.parity is None else str(report.parity.equal).lower(),
        },
        metrics=metrics,
        pages=pages,
    )


def _stem(report: CampaignReport) -> str:
    asked = f"{report.book}\n{report.campaign}"
    return f"session-{report.campaign[:10]}-{sha256(asked.encode()).hexdigest()[:8]}"
