"""The report for people: one HTML text with everything in it."""

from html import escape

from tasks.session.tearsheet.document import beside, chart, document, section, text
from tasks.session.tearsheet.tables import table
from tasks.session.validating.charts import case_chart, equity_chart, redrawn_chart, regime_map
from tasks.session.validating.report import ValidationReport
from tasks.session.validating.showing import Table, tables_of
from tasks.session.validating.verdict import IMPLAUSIBLE

# By the key of the table that they stand with.
CHARTS = {"profiles": equity_chart, "regimes": regime_map, "cases": case_chart, "redrawn": redrawn_chart}


def page_of(report: ValidationReport) -> str:
    """The page."""
    first, last = report.window
    sections = [
        section("Verdict", _verdicts(report)),
        *(section(one.title, _content(report, one)) for one in tables_of(report)),
        section("Where it comes from", text(_provenance(report))),
    ]
    window = f"{report.ts.size:,} bars, {first} to {last}, all figures after costs"
    return document(f"Validation of {', '.join(report.symbols)}", window, sections)


def _verdicts(report: ValidationReport) -> str:
    parts = []
    for one in report.profiles.values():
        doubted = ' class="doubted"' if one.verdict.finding == IMPLAUSIBLE else ""
        parts.append(f"<div{doubted}><h3>{escape(one.name)}</h3><p>{escape(one.verdict.text)}</p></div>")
    return "".join(parts)


def _content(report: ValidationReport, one: Table) -> str:
    drawn = chart(CHARTS[one.key](report), one.key) if one.key in CHARTS else ""
    rows = [[str(cell) for cell in row.values()] for row in one.rows]
    return drawn + table(list(one.rows[0]), rows) + beside(one.note)


def _provenance(report: ValidationReport) -> str:
    lines = {
        "command": report.command,
        "configuration": report.config_version,
        **{f"data of {symbol}": sha for symbol, sha in report.data_sha256.items()},
        **{f"model of {symbol}": version or "-" for symbol, version in report.models.items()},
        **{f"seed of {name}": str(seed) for name, seed in report.seeds.items()},
    }
    return table(["", ""], lines.items())
