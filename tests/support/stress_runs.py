"""Stress tests of a desk by scenarios that are written into a file."""

from collections.abc import Mapping
from pathlib import Path

from data.journal import Journal
from tasks.session.desk import Desk
from tasks.session.stressing.report import StressReport, StressRow
from tasks.session.stressing.running import Request, stress

PROFILES = ("conservative", "moderate", "aggressive")
FALL = "{text: all fall, move: -0.35, calm_days: 2}"
GAP = "{text: all open lower, move: -0.8, gap: true, calm_days: 2}"
WIDE = "{text: wide spreads, spread: 10, calm_days: 2}"
RISE = "{text: all rise, move: 0.3, days: 2, calm_days: 1}"
TWO = {"fall": FALL, "gap": GAP}
MOST = 0.99 / 0.8


def request(
    folder: Path, scenarios: Mapping[str, str], *names: str, reverse: str = "[]", together: bool = False
) -> Request:
    """A file of these scenarios, and those of them that are asked for."""
    file = folder / "stress.yaml"
    lines = [f"  {name}: {text}" for name, text in scenarios.items()]
    file.write_text("\n".join(["betas: {}", "scenarios:", *lines, f"reverse: {reverse}", ""]))
    return Request(names, together, file)


def silent(_done: int, _steps: int, _name: str) -> None:
    """Nobody listens."""


def run(desk: Desk, journal: Journal | None, folder: Path, scenarios: Mapping[str, str] = TWO) -> StressReport:
    return stress(desk, journal, request(folder, scenarios), silent)


def one_row(report: StressReport, book: str, profile: str, scenario: str) -> StressRow:
    found = report.row(book, profile, scenario)
    assert found is not None
    return found
