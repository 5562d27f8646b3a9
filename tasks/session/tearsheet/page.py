"""The page of a tear sheet: one HTML text with everything in it."""

from tasks.session.backtesting import BacktestReport
from tasks.session.tearsheet.charts import curves, month_map, trade_scatter
from tasks.session.tearsheet.document import beside, chart, document, section, text
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


def page_of(report: BacktestReport) -> str:
    """The tear sheet; where the result is doubted, the doubts and their trades stand in the place of its figures."""
    first, last = report.window
    symbols = ", ".join(report.book.symbols)
    bars = report.run.panel.ts.size
    window = f"{bars:,} bars, {first} to {last}, profile {report.provenance.profile}, all figures after costs"
    sections = [
        _headline(report),
        section("Equity", chart(curves(report), "equity")),
        section("Trades", chart(trade_scatter(report.trades), "trades")),
        section("Returns by month", chart(month_map(report.run.equity, report.run.panel.ts), "months")),
        *([section("Systems", systems_table(report))] if report.plausible else []),
        section("Specialists", specialists_table(report.specialists) + switches_table(report.switches)),
        section("Stops", stops_table(report.stops)),
        section("Attribution", attribution_tables(report.attribution)),
        section("Costs", costs_table(report)),
        section("Refused", text(refusal_table(report.refused, report.run.reasons.size))),
        section("Where it comes from", text(provenance_table(report))),
    ]
    return document(f"Backtest of {symbols}", window, sections)


def _headline(report: BacktestReport) -> str:
    if report.plausible:
        return section("Figures", metrics_table(report) + _note(report))
    return (
        '<div class="doubted"><h2>Not plausible</h2><p>Look for an error in data or fills before you believe this '
        f"result; its table of figures is left out.</p>{doubt_tables(report.doubts)}</div>"
    )


def _note(report: BacktestReport) -> str:
    found = report.intervals
    if found is None:
        return beside("No intervals: there are too few days, or nothing moved.")
    return beside(
        f"Intervals: 90 % of {found.replicates:,} block bootstraps of {found.days:,} daily returns (mean block "
        f"{found.block} days). In-sample figures are what an optimiser would have shown; the out-of-sample column is "
        "the honest one."
    )
