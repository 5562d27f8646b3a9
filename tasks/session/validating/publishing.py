"""Showing a validation: its page among the reports, and a run of its own where validations are compared."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.files import write_atomically
from models.types import Unavailable
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.validating.page import page_of
from tasks.session.validating.report import ValidationReport
from tasks.session.validating.verdict import IMPLAUSIBLE

EXPERIMENT = "validation"


def publish(desk: Desk, tracker: Tracker, report: ValidationReport, say: Callable[[str], None]) -> ValidationReport:
    """The report with the path of its page, after that and its JSON beside it were written and the run was logged.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        Unavailable: the page or its JSON cannot be written.
    """
    page = page_path(desk, report)
    found = replace(report, page=page)
    figures = page.with_suffix(".json")
    write_atomically(figures, (json.dumps(finite(found.as_json()), allow_nan=False) + "\n").encode())
    write_atomically(page, page_of(found).encode())
    try:
        tracker.log_page(EXPERIMENT, record_of(desk, found, (page, figures)))
    except Unavailable as error:
        say(f"{error}; the validation is not lost: {page}")
    return found


def page_path(desk: Desk, report: ValidationReport) -> Path:
    """Where the page of a validation is: the same validation again replaces it."""
    first, last = (moment[:10] for moment in report.window)
    same = [report.command, report.config_version, report.data_sha256, report.models]
    key = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:8]
    return desk.home / "state" / "reports" / f"validation-{first}-{last}-{key}.html"


def record_of(desk: Desk, report: ValidationReport, pages: tuple[Path, ...]) -> PageRecord:
    """What the tracker keeps. A doubted result's figures have names of their own, as those of backtests."""
    first, last = report.window
    symbols, profiles = ",".join(report.symbols), ",".join(report.profiles)
    trading = desk.loaded.settings.trading
    metrics: dict[str, float] = {}
    for name, one in report.profiles.items():
        prefix = "doubted." if one.verdict.finding == IMPLAUSIBLE else ""
        metrics |= dict(_figures(f"{prefix}{name}", one.as_json()))
    return PageRecord(
        name=f"{trading.venue} {symbols} {trading.timeframe} {first[:10]} to {last[:10]}",
        settings={
            "venue": trading.venue,
            "symbols": symbols,
            "timeframe": trading.timeframe,
            "profiles": profiles,
            "first": first,
            "last": last,
            "bars": report.ts.size,
            "paths": desk.loaded.settings.validation.paths,
        },
        tags={
            "keel.symbols": symbols,
            "keel.profiles": profiles,
            "keel.config_version": report.config_version,
            "keel.data_sha256": ",".join(report.data_sha256.values()),
            "keel.models": ",".join(report.models.values()),
            "keel.command": report.command,
            **{f"keel.finding.{name}": one.verdict.finding for name, one in report.profiles.items()},
        },
        metrics=metrics,
        pages=pages,
    )


def _figures(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """Every finite figure below a value by its dotted name; spaces become underscores."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _figures(f"{name}.{str(key).replace(' ', '_')}", one)
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield name, float(value)
