"""The pictures of the page, as plotly figures."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from models.bootstrap import Quantiles
from models.portfolio import Interval
from tasks.session.palette import EQUITY, GAIN, LOSS, SYSTEMS
from tasks.session.tearsheet.thinning import deepest, thinned
from tasks.session.validating.bootstrapping import TooFew
from tasks.session.validating.figures import Spread
from tasks.session.validating.report import ProfileFound, ValidationReport

K = TypeVar("K", int, float)

MICROS_A_MILLI = 1000.0
COLOURS = (EQUITY, *SYSTEMS)
# The two sides of each figure, and how their lines are drawn.
SIDES = {"out_of_sample": "solid", "in_sample": "dot"}


def equity_chart(report: ValidationReport) -> go.Figure:
    """Growth of each profile's account; in-sample dotted."""
    figure = go.Figure()
    for one, colour in _coloured(report):
        for side, dash in SIDES.items():
            equity = getattr(one.equity, side)
            rows = thinned(equity, keep=deepest(equity))
            figure.add_scatter(
                x=one.ts[rows] / MICROS_A_MILLI,
                y=equity[rows] / equity[0],
                mode="lines",
                name=_named(one, side),
                line={"color": colour, "width": 1.3, "dash": dash},
            )
    figure.update_xaxes(type="date")
    figure.update_yaxes(title="equity, times the first")
    return _laid_out(figure, 460)


def regime_map(report: ValidationReport) -> go.Figure:
    """Log return a year that each profile's account made in each regime, and whether that can be told from chance."""
    profiles = list(report.profiles.values())
    parts = [[both.out_of_sample.yearly for both in one.regimes.values()] for one in profiles]
    values = np.array([[np.nan if part is None else part.figure for part in row] for row in parts])
    most = max(float(np.nanmax(np.abs(values), initial=0.0)), 1e-9)
    figure = go.Figure(
        go.Heatmap(
            x=list(profiles[0].regimes),
            y=[one.name for one in profiles],
            z=values,
            text=[[_cell(part) for part in row] for row in parts],
            texttemplate="%{text}",
            colorscale=[[0.0, LOSS], [0.5, "#ffffff"], [1.0, GAIN]],
            zmin=-most,
            zmax=most,
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(side="top", type="category")
    figure.update_yaxes(type="category", autorange="reversed")
    return _laid_out(figure, 130 + 60 * len(profiles))


def case_chart(report: ValidationReport) -> go.Figure:
    """Return of each profile over costs, delay, and missing bars with the range of their draws; in-sample dotted."""
    figure = make_subplots(rows=1, cols=3, shared_yaxes=True, horizontal_spacing=0.03)
    for one, colour in _coloured(report):
        for side, dash in SIDES.items():
            line = {"color": colour, "dash": dash}
            cases = one.cases
            points = (_points(cases.costs, side), _points(cases.delays, side), _points(cases.missing, side))
            for column, drawn in enumerate(points, start=1):
                figure.add_scatter(
                    **drawn,
                    row=1,
                    col=column,
                    mode="lines+markers",
                    line=line,
                    name=_named(one, side),
                    legendgroup=_named(one, side),
                    showlegend=column == 1,
                )
    for column, title in enumerate(("multiple of the costs", "bars late", "share of the bars missing"), start=1):
        figure.update_xaxes(title=title, row=1, col=column)
    figure.update_yaxes(tickformat=".1%")
    figure.update_yaxes(title="total return", row=1, col=1)
    return _laid_out(figure, 440)


def redrawn_chart(report: ValidationReport) -> go.Figure:
    """Return and deepest drawdown of redrawn trades and candles: 5 %, half, 95 % of the paths; the limit as a line."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=("total return", "deepest drawdown and its limit"))
    for one, colour in _coloured(report):
        for what, found in (("trades", one.redrawn.trades), ("candles", one.redrawn.candles)):
            if isinstance(found, TooFew):
                continue
            place = f"{one.name}, {what}"
            for column, spread in ((1, found.total_return), (2, found.max_drawdown)):
                _add_range(figure, column, place, spread, colour)
            figure.add_scatter(
                x=[one.limit], y=[place], row=1, col=2, mode="markers", marker={"symbol": "line-ns-open", "size": 18}
            )
            figure.data[-1].marker.color = LOSS
    figure.update_xaxes(tickformat=".1%")
    figure.update_yaxes(type="category")
    figure.update_layout(showlegend=False)
    return _laid_out(figure, 160 + 45 * 2 * len(report.profiles), left=180)


def _add_range(figure: go.Figure, column: int, place: str, spread: Spread | Quantiles, colour: str) -> None:
    bars = {"array": [spread.high - spread.median], "arrayminus": [spread.median - spread.low]}
    figure.add_scatter(
        x=[spread.median],
        y=[place],
        row=1,
        col=column,
        mode="markers",
        marker={"color": colour, "size": 9},
        error_x={"type": "data", "symmetric": False, **bars},
    )


def _points(cases: Mapping[K, object], side: str) -> dict[str, object]:
    """Coordinates of the cases, and how far the draws go where there are several."""
    returns = [getattr(both, side).total_return for both in cases.values()]
    found: dict[str, object] = {"x": list(cases)}
    if not isinstance(returns[0], Spread):
        return found | {"y": returns}
    bars = {
        "array": [one.high - one.median for one in returns],
        "arrayminus": [one.median - one.low for one in returns],
    }
    return found | {
        "y": [one.median for one in returns],
        "error_y": {"type": "data", "symmetric": False, **bars},
    }


def _cell(part: Interval | None) -> str:
    if part is None:
        return ""
    told = "chance" if part.low <= 0.0 <= part.high else "beyond chance"
    return f"{part.figure:+.2%}<br>{told}"


def _named(one: ProfileFound, side: str) -> str:
    return one.name if side == "out_of_sample" else f"{one.name}, in sample"


def _coloured(report: ValidationReport) -> Iterator[tuple[ProfileFound, str]]:
    for place, one in enumerate(report.profiles.values()):
        yield one, COLOURS[place % len(COLOURS)]


def _laid_out(figure: go.Figure, height: int, left: int = 90) -> go.Figure:
    return figure.update_layout(
        template="none",
        height=height,
        margin={"t": 60, "l": left, "r": 50, "b": 60},
        modebar={"orientation": "v"},
        legend={"orientation": "h", "y": 1.12},
    )
