"""The page of a tear sheet: one HTML text with everything in it."""

from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from tasks.session.backtesting import BacktestReport
from tasks.session.tearsheet.charts import curves, month_map, trade_scatter
from tasks.session.tearsheet.tables import (
    attribution_tables,
    costs_table,
    doubt_tables,
    metrics_table,
    provenance_table,
    refusal_table,
    specialists_table,
    stops_table,
    switches_table,
    systems_table,
)

# The browser itself forbids the page to ask anybody for anything.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1d2733; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 0.5em 0 1.5em; display: block; overflow-x: auto; }
th, td { padding: 0.2em 0.8em; border-bottom: 1px solid #dde3ea; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
h3 { margin-bottom: 0.2em; }
.text td { text-align: left; overflow-wrap: anywhere; white-space: normal; }
.doubted { border: 2px solid #d1495b; padding: 0 1em 0.5em; }
.beside { color: #5b6875; }
"""


def page_of(report: BacktestReport) -> str:
    """The tear sheet; where the result is doubted, the doubts and their trades stand in the place of its figures."""
    first, last = report.window
    symbols = ", ".join(report.book.symbols)
    bars = report.run.panel.ts.size
    title = f"Backtest of {symbols}"
    window = f"{bars:,} bars, {first} to {last}, profile {report.provenance.profile}, all figures after costs"
    sections = [
        _headline(report),
        _section("Equity", _chart(curves(report), "equity")),
        _section("Trades", _chart(trade_scatter(report.trades), "trades")),
        _section("Returns by month", _chart(month_map(report.run.equity, report.run.panel.ts), "months")),
        *([_section("Systems", systems_table(report))] if report.plausible else []),
        _section("Specialists", specialists_table(report.specialists) + switches_table(report.switches)),
        _section("Stops", stops_table(report.stops)),
        _section("Attribution", attribution_tables(report.attribution)),
        _section("Costs", costs_table(report)),
        _section("Refused", _text(refusal_table(report.refused, report.run.reasons.size))),
        _section("Where it comes from", _text(provenance_table(report))),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f'<body><h1>{escape(title)}</h1><p class="beside">{escape(window)}</p>{"".join(sections)}</body></html>\n'
    )


def _headline(report: BacktestReport) -> str:
    if report.plausible:
        return _section("Figures", metrics_table(report) + _note(report))
    return (
        '<div class="doubted"><h2>Not plausible</h2><p>Look for an error in data or fills before you believe this '
        f"result; its table of figures is left out.</p>{doubt_tables(report.doubts)}</div>"
    )


def _note(report: BacktestReport) -> str:
    found = report.intervals
    if found is None:
        return '<p class="beside">No intervals: there are too few days, or nothing moved.</p>'
    return (
        f'<p class="beside">Intervals: 90 % of {found.replicates:,} block bootstraps of {found.days:,} daily returns '
        f"(mean block {found.block} days). In-sample figures are what an optimiser would have shown; the out-of-sample "
        "column is the honest one.</p>"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}"


def _text(content: str) -> str:
    return f'<div class="text">{content}</div>'


def _chart(figure: go.Figure, name: str) -> str:
    return str(
        figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            include_mathjax=False,
            div_id=name,
            default_height=f"{figure.layout.height}px",
            config={"displaylogo": False, "showLink": False, "plotlyServerURL": ""},
        )
    )
