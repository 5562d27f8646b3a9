"""The pictures of a tear sheet, as plotly figures."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from models.portfolio import Benchmark, Trade
from models.types import FloatArray, IntArray
from models.types.timeframes import DAY
from tasks.session.backtesting import BacktestReport
from tasks.session.backtesting.measuring import exposure, in_charge
from tasks.session.palette import CASH, EQUITY, EXPOSURE, GAIN, HOLD, LEGS, LOSS, REGIMES, SYSTEMS
from tasks.session.tearsheet.returns import monthly_table
from tasks.session.tearsheet.thinning import bands, deepest, drawdown, thinned

MICROS_A_MILLI = 1000.0
# The row of `curves` that shows who was in charge.
IN_CHARGE = 4


def curves(report: BacktestReport) -> go.Figure:
    """Equity of the account and of each system beside the benchmarks, drawdown, and exposure, on bands in the colour of
    the first symbol's regime; below them who was in charge of that symbol in the first system.
    """
    run = report.run
    figure = make_subplots(
        rows=4,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.03,
        row_heights=[0.52, 0.22, 0.2, 0.06],
        specs=[[{"secondary_y": True}]] * 4,
    )
    for row in (1, 2, 3):
        _add_bands(figure, run.panel.ts, run.panel.regime[:, 0], row, 0.35)
    _add_bands(figure, run.panel.ts, in_charge(run, 0), IN_CHARGE, 1.0)
    fall = drawdown(run.equity)
    rows = thinned(run.equity, fall, keep=deepest(run.equity))
    _add_line(figure, 1, "backtest", EQUITY, run.panel.ts, run.equity, rows)
    for one, equity, colour in zip(run.parameters.systems, run.equities.T, SYSTEMS, strict=False):
        _add_line(figure, 1, one.name, colour, run.panel.ts, equity, thinned(equity, keep=deepest(equity)))
    for name, colour, benchmark in (("hold", HOLD, report.hold), ("cash", CASH, report.cash)):
        _add_benchmark(figure, name, colour, run.panel.ts, benchmark)
    _add_line(figure, 2, "drawdown", LOSS, run.panel.ts, fall, rows, fill="tozeroy")
    gross = exposure(run)
    _add_line(figure, 3, "exposure", EXPOSURE, run.panel.ts, gross, thinned(gross), fill="tozeroy")
    return _laid_out(figure)


def trade_scatter(trades: tuple[Trade, ...]) -> go.Figure:
    """Profit of each trade over how long it was held, in the colour of what closed it."""
    figure = go.Figure()
    days = np.array([(one.exited - one.entered) / DAY for one in trades])
    profits = np.array([one.profit for one in trades])
    legs = np.array([one.leg for one in trades])
    shown = thinned(profits, days) if len(trades) else np.empty(0, np.int64)
    for leg, colour in LEGS.items():
        rows = shown[legs[shown] == leg] if len(trades) else shown
        figure.add_scatter(
            x=days[rows],
            y=profits[rows],
            mode="markers",
            name=leg,
            marker={"color": colour, "size": 6, "opacity": 0.6},
            visible=True if rows.size else "legendonly",
        )
    figure.update_layout(
        template="none",
        height=420,
        margin={"t": 30, "l": 80, "r": 50, "b": 50},
        modebar={"orientation": "v"},
        legend={"orientation": "h", "y": 1.1},
    )
    figure.update_xaxes(title="days held")
    figure.update_yaxes(title="profit after costs")
    return figure


def month_map(equity: FloatArray, ts: IntArray) -> go.Figure:
    """Return of each month, and of each year beside its months."""
    years, returns = monthly_table(equity, ts)
    months = returns[:, :12]
    known = np.abs(months[np.isfinite(months)])
    limit = float(known.max()) if known.size and known.max() > 0.0 else 1.0
    figure = go.Figure(
        go.Heatmap(
            x=["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "year"],
            y=[str(year) for year in years],
            z=returns,
            text=[["" if np.isnan(cell) else f"{cell:+.1%}" for cell in row] for row in returns],
            texttemplate="%{text}",
            colorscale=[[0.0, LOSS], [0.5, "#ffffff"], [1.0, GAIN]],
            zmin=-limit,
            zmax=limit,
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )
    )
    figure.update_layout(
        template="none",
        height=110 + 28 * len(years),
        margin={"t": 30, "l": 60, "r": 50, "b": 20},
        modebar={"orientation": "v"},
        plot_bgcolor="#eee",
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(side="top")
    return figure


def _add_bands(figure: go.Figure, ts: IntArray, regime: IntArray, row: int, strength: float) -> None:
    for kind, stretches in bands(regime).items():
        corners = [(ts[begin], ts[begin], ts[end], ts[end]) for begin, end in stretches]
        x = np.array([(*four, np.nan) for four in corners], dtype=np.float64).ravel() / MICROS_A_MILLI
        y = np.tile([0.0, 1.0, 1.0, 0.0, np.nan], len(corners))
        name = kind.name.lower()
        figure.add_scatter(
            x=x,
            y=y,
            row=row,
            col=1,
            secondary_y=False,
            mode="none",
            fill="toself",
            fillcolor=REGIMES[kind],
            opacity=strength,
            hoverinfo="skip",
            name=name,
            legendgroup=name,
            showlegend=row == 1,
        )


def _add_benchmark(figure: go.Figure, name: str, colour: str, ts: IntArray, benchmark: Benchmark) -> None:
    equity = benchmark.equity
    _add_line(figure, 1, name, colour, ts, equity, thinned(equity, keep=deepest(equity)))


def _add_line(
    figure: go.Figure,
    row: int,
    name: str,
    colour: str,
    ts: IntArray,
    values: FloatArray,
    rows: IntArray,
    fill: str = "none",
) -> None:
    figure.add_scatter(
        x=ts[rows] / MICROS_A_MILLI,
        y=values[rows],
        row=row,
        col=1,
        secondary_y=True,
        mode="lines",
        name=name,
        fill=fill,
        line={"color": colour, "width": 1.3},
        showlegend=row == 1,
    )


def _laid_out(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        template="none",
        height=880,
        margin={"t": 60, "l": 80, "r": 50, "b": 40},
        modebar={"orientation": "v"},
        hovermode="x",
        legend={"orientation": "h", "y": 1.07},
        updatemenus=[_scale_buttons()],
    )
    figure.update_xaxes(type="date")
    figure.update_yaxes(secondary_y=False, range=[0.0, 1.0], fixedrange=True, visible=False)
    for row, title in ((1, "equity"), (2, "drawdown"), (3, "exposure")):
        percent = None if row == 1 else ".1%"
        figure.update_yaxes(row=row, col=1, secondary_y=True, title=title, side="left", tickformat=percent)
    figure.update_yaxes(row=IN_CHARGE, col=1, secondary_y=False, title="in charge", visible=True, showticklabels=False)
    return figure


def _scale_buttons() -> dict[str, object]:
    buttons = [{"label": label, "method": "relayout", "args": [{"yaxis2.type": label}]} for label in ("linear", "log")]
    return {"type": "buttons", "direction": "right", "x": 1.0, "y": 1.09, "xanchor": "right", "buttons": buttons}
