"""The report for people: one HTML text with everything in it."""

from html import escape

from tasks.session.ablating.report import AblationReport
from tasks.session.ablating.showing import costs_sentence, intervals_sentence, tables_of
from tasks.session.tearsheet.document import beside, document, section, text
from tasks.session.tearsheet.tables import table


def page_of(report: AblationReport) -> str:
    """The page."""
    sections = [
        section("What may be said", _said(report)),
        *(section(one.title, text(_rows(one.rows)) + beside(one.note)) for one in tables_of(report)),
        section("Where it comes from", text(_provenance(report))),
    ]
    return document(f"What each model is worth: {', '.join(report.series)}", costs_sentence(report), sections)


def _said(report: AblationReport) -> str:
    parts = []
    for one in report.proposals:
        rule = "" if one.rule is None else f"<pre>{escape(one.rule)}</pre>"
        parts.append(f"<p>{escape(one.sentence)}</p>{rule}")
    return "".join(parts) + beside(intervals_sentence(report))


def _rows(rows: list[dict[str, str]]) -> str:
    return table(list(rows[0]), [list(row.values()) for row in rows])


def _provenance(report: AblationReport) -> str:
    lines = {
        "command": report.command,
        "configuration": report.config_version,
        **{f"data of {series}": sha for series, sha in report.data_sha256.items()},
        **{f"version of {name}": version for name, version in report.versions.items()},
        "seed": str(report.seed),
    }
    return table(["", ""], lines.items())
