"""The page of a stress test: one HTML text with everything in it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from models.types import iso
from tasks.session.palette import GAIN, LOSS
from tasks.session.stressing.acting import Response
from tasks.session.stressing.picture import MOST, loss_map
from tasks.session.stressing.report import StressReport, StressRow
from tasks.session.stressing.showing import (
    TITLES,
    acted_text,
    books_of,
    contribution_rows,
    cut_rows,
    held_sentence,
    holding_rows,
    loss_rows,
    proposal_sentence,
    reverse_rows,
    unplayed_sentence,
    wrong_rows,
)
from tasks.session.tearsheet.document import beside, chart, document, section, text
from tasks.session.tearsheet.tables import table

PERCENT = ("loss", "drawdown", "limit", "of equity", "part")
MONEY = ("money", "value")


def page_of(report: StressReport, response: Response | None) -> str:
    """Everything that the report says, and what was done about it; None: nobody was asked to act."""
    worst = report.worst
    window = f"{len(report.scenarios)} scenarios, {', '.join(report.symbols)}, newest bar {iso(report.as_of)}"
    sections = [
        _headline(report, response),
        section("What is held", beside(held_sentence(report)) + rows_table(holding_rows(report))),
        *(_book(report, book) for book in books_of(report)),
        *([] if worst is None else [_worst(worst)]),
        section("Smallest shocks that break the limit", text(rows_table(reverse_rows(report)))),
        section("What acted, and when", text(_acted_table(report))),
        section("What stands in for a past of its own", text(_mapped_table(report))),
        *([section("Scenarios that could not be used", text(rows_table(wrong_rows(report))))] if report.wrong else []),
        *([section("Not run", beside(unplayed_sentence(report)))] if report.unplayed or report.untouched else []),
        section("Where it comes from", text(_provenance_table(report))),
    ]
    return document(f"Stress test of {report.book}", window, sections)


def rows_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same columns as an HTML table; nothing without rows."""
    if not rows:
        return beside("none")
    return table(list(rows[0]), [[shown(name, cell) for name, cell in row.items()] for row in rows])


def shown(name: str, cell: object) -> str:
    """A cell as its column wants it."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        if name in PERCENT:
            return f"{cell:.2%}"
        return f"{cell:,.2f}" if name in MONEY else f"{cell:,.8g}"
    return str(cell)


def heat_map(report: StressReport, book: str) -> go.Figure:
    """Loss of each scenario under each profile; the colour is the drawdown as a share of the limit."""
    profiles, losses, falls = loss_map(report, book)
    figure = go.Figure(
        go.Heatmap(
            x=profiles,
            y=list(report.scenarios),
            z=falls,
            text=[[f"{cell:.1%}" for cell in row] for row in losses],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: loss %{text}, drawdown %{z:.0%} of the limit<extra></extra>",
            colorscale="YlOrRd",
            zmin=0.0,
            zmax=MOST,
            colorbar={"title": "of the limit", "tickformat": ".0%"},
            xgap=2,
            ygap=2,
        )
    )
    margin = {"t": 40, "l": 220, "r": 50, "b": 20}
    figure.update_layout(template="none", height=100 + 28 * len(report.scenarios), margin=margin)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(side="top", type="category")
    return figure


def contribution_chart(row: StressRow) -> go.Figure:
    """What each position made of a loss."""
    rows = contribution_rows(row)
    made = [one["money"] for one in rows]
    colours = [LOSS if one < 0.0 else GAIN for one in made]
    figure = go.Figure(go.Bar(x=made, y=[one["position"] for one in rows], orientation="h", marker_color=colours))
    margin = {"t": 20, "l": 220, "r": 50, "b": 40}
    figure.update_layout(template="none", height=100 + 30 * len(rows), margin=margin)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _headline(report: StressReport, response: Response | None) -> str:
    proposal = report.proposal
    said = "" if response is None else f"<p>{escape(response.why)}</p>"
    if proposal is None:
        return section("Proposal", f"<p>{escape(proposal_sentence(report))}</p>")
    cuts = rows_table(cut_rows(proposal))
    return f'<div class="doubted"><h2>Sell</h2><p>{escape(proposal_sentence(report))}</p>{cuts}{said}</div>'


def _book(report: StressReport, book: str) -> str:
    losses = rows_table(loss_rows(report, book))
    return section(TITLES[book].capitalize(), chart(heat_map(report, book), f"map-{book}") + losses)


def _worst(row: StressRow) -> str:
    title = f"The worst of {TITLES[row.book]}: {row.scenario}"
    note = beside(f"{row.text}. What each position made of it, money; drawdown {row.drawdown:.1%}")
    if not row.contributions:
        return section(title, note)
    return section(title, note + chart(contribution_chart(row), "contributions"))


def _acted_table(report: StressReport) -> str:
    rows = [
        {"book": one.book, "profile": one.profile, "scenario": one.scenario, "what acted": acted_text(each)}
        for one in report.rows
        for each in one.acted
    ]
    return rows_table(rows)


def _mapped_table(report: StressReport) -> str:
    found = {(one.scenario, one.first, one.last, *pair) for one in report.rows for pair in one.mapped.items()}
    heads = ("scenario", "first", "last", "symbol", "moved as")
    return rows_table([dict(zip(heads, one, strict=True)) for one in sorted(found)])


def _provenance_table(report: StressReport) -> str:
    lines = {
        "command": report.command,
        "profile in force": report.profile,
        "configuration": report.config_version,
        "scenarios": report.scenarios_sha256,
        **{f"data of {symbol}": sha for symbol, sha in report.data_sha256.items()},
    }
    return table(["", ""], lines.items())
