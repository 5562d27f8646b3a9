"""Keeping a stress test: its page and its JSON among the reports, and a run where stress tests are compared."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from data.files import write_atomically
from models.types import Unavailable, iso
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.stressing.acting import Response
from tasks.session.stressing.page import page_of
from tasks.session.stressing.report import StressReport

EXPERIMENT = "stress"


@dataclass(frozen=True, slots=True)
class Published:
    """Files of a report: what a person reads, and what a script does."""

    page: Path
    figures: Path


def publish(
    desk: Desk, tracker: Tracker, report: StressReport, response: Response | None, say: Callable[[str], None]
) -> Published:
    """Write both files and log the run; the same test again replaces its files.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    found = files_of(desk, report, response)
    write_atomically(found.page, page_of(report, response).encode())
    write_atomically(found.figures, as_text(together(report, response)).encode())
    try:
        tracker.log_page(EXPERIMENT, record_of(desk, report, found))
    except Unavailable as error:
        say(f"{error}; the stress test is not lost: {found.page}")
    return found


def together(report: StressReport, response: Response | None) -> dict[str, object]:
    """The report and what was done about it, as scripts rely on it."""
    return report.as_json() | {"response": None if response is None else response.as_json()}


def as_text(fields: dict[str, object]) -> str:
    """As JSON; a figure that is not finite is null."""
    return json.dumps(finite(fields), indent=1, allow_nan=False) + "\n"


def files_of(desk: Desk, report: StressReport, response: Response | None) -> Published:
    """Where both are: named by the newest bar, by what was asked of which configuration and scenarios, and by what was
    done: a later look does not replace the page of an act.
    """
    done = "looked" if response is None else response.deed.value
    asked = "\n".join((report.book, report.command, report.config_version, report.scenarios_sha256, done))
    stem = f"stress-{iso(report.as_of)[:10]}-{sha256(asked.encode()).hexdigest()[:8]}"
    folder = desk.home / "state" / "reports"
    return Published(folder / f"{stem}.html", folder / f"{stem}.json")


def record_of(desk: Desk, report: StressReport, found: Published) -> PageRecord:
    """What the tracker keeps: loss and drawdown as `full.moderate.covid_2020.drawdown`."""
    metrics: dict[str, float] = {}
    for one in report.rows:
        name = f"{one.book}.{one.profile}.{_plain(one.scenario)}"
        metrics |= {f"{name}.loss": one.loss, f"{name}.drawdown": one.drawdown}
    symbols = ",".join(report.symbols)
    return PageRecord(
        name=f"{symbols} {iso(report.as_of)[:10]}",
        settings={
            "symbols": symbols,
            "profile": report.profile,
            "as_of": iso(report.as_of),
            "equity": report.equity,
            "scenarios": len(report.scenarios),
            "wrong": len(report.wrong),
            "stage": desk.loaded.settings.stage,
        },
        tags={
            "keel.book": report.book,
            "keel.profile": report.profile,
            "keel.config_version": report.config_version,
            "keel.scenarios_sha256": report.scenarios_sha256,
            "keel.data_sha256": ",".join(report.data_sha256.values()),
            "keel.breach": str(report.proposal is not None).lower(),
            "keel.command": report.command,
        },
        metrics={name: figure for name, figure in metrics.items() if math.isfinite(figure)},
        pages=(found.page, found.figures),
    )


def _plain(name: str) -> str:
    """With what a tracker takes in names."""
    return re.sub(r"[^A-Za-z0-9_\-]+", "_", name)
