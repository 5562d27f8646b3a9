"""The page of a report as HTML, one file that asks nobody for anything, and as Markdown for Prefect."""

import base64
from typing import Any

from models.types import iso
from tasks.session.news.showing import escaped
from tasks.session.reporting.report import PeriodReport
from tasks.session.reporting.tables import Row, tables_of
from tasks.session.tearsheet.document import beside, document, section, text
from tasks.session.tearsheet.tables import table

NONE = "Nothing."
NOTES = {
    "Performance": "After all costs, realised and unrealised. A decision belongs to the period in which it was made, "
    "with the fills that it settled; deposits are no profit.",
    "Specialists": "In charge: share of decisions and symbols of the system.",
    "Limits, used at most in the period": "At decisions, by the limits of today. The journal keeps no value at risk "
    "and no capital in use of each decision: see how they stand now.",
    "Limits now": "Share of each limit when the report was made, as keel risk has it.",
    "Gap to the backtest": "The newest verdict of keel gap, over a window of its own.",
}


def page_of(report: PeriodReport, picture: bytes) -> str:
    """HTML, every text escaped."""
    shown = f'<p><img alt="equity and drawdown" width="990" src="data:image/png;base64,{_encoded(picture)}"></p>'
    sections = [shown, *(_section(title, rows) for title, rows in tables_of(report).items())]
    return document(_title(report), f"{report.summary}. {_made(report)}", sections, has_charts=False)


def markdown_of(report: PeriodReport) -> str:
    """For an artifact of the run: texts of others are shortened, and none is taken for markup."""
    parts = [f"# {escaped(_title(report))}", f"{escaped(report.summary)}. {_made(report)}"]
    for title, rows in tables_of(report).items():
        parts.append(f"## {title}\n\n{_markdown(rows)}")
    return "\n\n".join(parts) + "\n"


def _title(report: PeriodReport) -> str:
    return f"{report.span.period.capitalize()} report {report.span.name}"


def _made(report: PeriodReport) -> str:
    over = "" if report.is_over else " The period is not over: these are its figures so far."
    return f"From {iso(report.span.begin)} to {iso(report.span.end)}, made at {iso(report.made_at)}.{over}"


def _section(title: str, rows: list[Row]) -> str:
    note = beside(NOTES[title]) if title in NOTES else ""
    if not rows:
        return section(title, note + beside(NONE))
    return section(title, note + text(table(list(rows[0]), [[_cell(one) for one in row.values()] for row in rows])))


def _markdown(rows: list[Row]) -> str:
    if not rows:
        return NONE
    lines = [" | ".join(rows[0]), " | ".join("---" for _ in rows[0])]
    lines += [" | ".join(escaped(_cell(one)) for one in row.values()) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)


def _encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
