"""The report for people: one HTML text with everything in it."""

from html import escape

from tasks.session.tearsheet.document import beside, chart, document, section, text
from tasks.session.tearsheet.tables import table
from tasks.session.validating.charts import case_chart, equity_chart, redrawn_chart, regime_map
from tasks.session.validating.measuring import FEWEST_TRADES
from tasks.session.validating.report import ValidationReport
from tasks.session.validating.showing import Table, tables_of
from tasks.session.validating.verdict import IMPLAUSIBLE

CHANCE = "Told from chance: the 90 % interval is beside zero; so it is in one of ten rows that are nothing but chance."
# By the key of the table that they stand with.
CHARTS = {"profiles": equity_chart, "regimes": regime_map, "cases": case_chart, "redrawn": redrawn_chart}
NOTES = {
    "profiles": "In-sample figures are what an optimiser would have shown; the out-of-sample column is the honest one. "
    "Intervals are of block bootstraps of daily returns.",
    "years": CHANCE,
    "regimes": f"A gain counts to the regime of its symbol that was known when the bar began. {CHANCE}",
    "specialists": f"Fewer than {FEWEST_TRADES} round trips have no interval: nothing can be told from them. {CHANCE}",
    "cases": "Delays: predictions and regimes come so many bars late. Missing bars: median of the draws and their "
    "range; what was computed of the bars that are left stays as it was.",
    "redrawn": "Trades: as many as there were, in another order and choice. Candles: a year of rows of the window in "
    "blocks, with the predictions and regimes that were theirs, through the full step.",
}


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
    return drawn + table(list(one.rows[0]), rows) + (beside(NOTES[one.key]) if one.key in NOTES else "")


def _provenance(report: ValidationReport) -> str:
    lines = {
        "command": report.command,
        "configuration": report.config_version,
        **{f"data of {symbol}": sha for symbol, sha in report.data_sha256.items()},
        **{f"model of {symbol}": version or "-" for symbol, version in report.models.items()},
        **{f"seed of {name}": str(seed) for name, seed in report.seeds.items()},
    }
    return table(["", ""], lines.items())
