"""A gap report in rows and sentences, for the shell, Prefect and the page."""

from typing import Any

from models.types import iso
from tasks.session.gapping.report import GapReport

MONEY, POINTS = 4, 2
SHOWN = 20
Row = dict[str, Any]


def part_rows(report: GapReport) -> list[Row]:
    """One row for each cause, and their sum."""
    rows = [_row(kind.value, money, report) for kind, money in report.parts.items()]
    return [*rows, _row("total", report.total, report)]


def finding_rows(report: GapReport, most: int = SHOWN) -> list[Row]:
    """The newest findings, the newest first."""
    return [
        {"bar": iso(one.bar), "cause": one.kind.value, "system": one.system, "symbol": one.symbol, "what": one.text}
        for one in report.findings[: -most - 1 : -1]
    ]


def summary(report: GapReport) -> str:
    """The verdict in one sentence."""
    gap = f"{report.total:+.{POINTS}f}, {report.bps(report.total):+.{POINTS}f} bp of the {report.traded:.2f} traded"
    limit = f"limit {report.limit_bps:g} bp and {report.least_money:g}"
    verdict = "BEYOND ITS LIMIT" if report.beyond else "within its limit"
    worst = max(report.parts, key=lambda kind: abs(report.parts[kind]))
    most = f", most of it {worst.value} ({report.parts[worst]:+.{POINTS}f})" if report.parts[worst] != 0.0 else ""
    return f"gap of {report.book} to its backtest: {gap}{most}; {verdict} ({limit})"


def notes(report: GapReport) -> list[str]:
    """What a reader has to know of the figures."""
    said = [
        f"{report.decisions} decisions from {iso(report.first)} to {iso(report.last)}, {report.missed} bars without "
        f"one, {report.orders} orders, {report.fills} fills",
        f"made {report.made:+.{MONEY}f}, the backtest {report.backtest:+.{MONEY}f}",
    ]
    if report.unexplained:
        said.append(
            f"of the signal's part {report.unexplained:+.{MONEY}f} is what no recorded order explains: see docs/gap.md"
        )
    if report.settings > 1:
        said.append(f"{report.settings} configurations, each bar by its own")
    if report.other_settings:
        versions = ", ".join(one[:12] for one in report.other_settings)
        said.append(f"configurations of another Keel ({versions}): the present one was in their place")
    if report.foreign:
        said.append(f"{report.foreign} older decisions of a Keel with another state are left out")
    if len(report.findings) > SHOWN:
        said.append(f"{len(report.findings)} findings, of which the newest {SHOWN} are shown; the JSON has them all")
    return said


def page_of(report: GapReport, picture: str) -> str:
    """Everything for a person, as markdown; `picture` is the file beside the page."""
    parts = [
        f"# Gap of {report.book}\n\n{summary(report)}",
        _table(part_rows(report)),
        f"![what each cause had brought]({picture})",
        "\n".join(f"- {one}" for one in notes(report)),
    ]
    if report.findings:
        parts.append("## Findings\n\n" + _table(finding_rows(report)))
    return "\n\n".join(parts) + f"\n\nConfiguration `{report.config_version}`.\n"


def _row(name: str, money: float, report: GapReport) -> Row:
    return {"cause": name, "money": round(money, MONEY), "basis points": round(report.bps(money), POINTS)}


def _table(rows: list[Row]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(one) for one in row.values()] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
