"""The stage-transition tests of the configured book: a backtest, walked, its picture and figures among the reports."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.files import write_atomically
from tasks.ports import Tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.staging.rules import days_per_year_of, rules_of
from tasks.session.staging.walk_picture import walk_picture
from tasks.session.staging.walk_showing import walk_json
from tasks.session.staging.walking import Walk, track_of, walk


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A walk, the backtest that it went through, and where both are shown."""

    walk: Walk
    report: BacktestReport
    picture: Path

    @property
    def title(self) -> str:
        """For tables and the picture."""
        return title_of(self.report)

    def as_json(self) -> dict[str, Any]:
        """The fields that scripts rely on."""
        made = self.report.provenance
        return {
            "symbols": [one.symbol for one in self.report.book.models],
            **walk_json(self.walk),
            "plausible": self.report.plausible,
            "total_return": self.report.out_of_sample.total_return,
            "backtest": made.command,
            "config_version": made.config_version,
            "data_sha256": made.data_sha256,
            "models": made.models,
            "picture": str(self.picture),
        }


def walk_book(
    desk: Desk, tracker: Tracker, start: int | None, end: int | None, say: Callable[[str], None], costs: float = 1.0
) -> Walked:
    """Backtest the configured book out of sample from `start` to `end` (UTC microseconds, both included), walk through
    it, and write the picture and its figures; the same test again replaces them.

    Raises:
        BadInput: as `backtest`, or there are fewer days than any stage asks for.
        Unavailable: a file cannot be written.
    """
    settings = desk.loaded.settings
    report = backtest(desk, tracker, start, end, say, costs)
    found = walk(track_of(report, days_per_year_of(settings)), rules_of(settings))
    walked = Walked(found, report, _path(desk, report))
    write_atomically(walked.picture, walk_picture(found, title_of(report)))
    figures = json.dumps(finite(walked.as_json()), allow_nan=False) + "\n"
    write_atomically(walked.picture.with_suffix(".json"), figures.encode())
    return walked


def title_of(report: BacktestReport) -> str:
    """The book, its bars and its dates."""
    first, last = (moment[:10] for moment in report.window)
    names = ", ".join(one.symbol for one in report.book.models)
    return f"{names}, {report.run.panel.ts.size} bars, {first} to {last}, out of sample"


def _path(desk: Desk, report: BacktestReport) -> Path:
    made, (first, last) = report.provenance, (moment[:10] for moment in report.window)
    same = [made.command, made.config_version, made.data_sha256, made.models]
    key = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:8]
    return desk.home / "state" / "reports" / f"stages-{first}-{last}-{key}.png"
