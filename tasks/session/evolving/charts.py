"""The pictures of a dossier, as plotly figures."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from models.evolution.fitness import BROKEN
from models.evolution.state import CURVE
from models.types import FloatArray
from tasks.session.evolving.report import Candidate, Curve
from tasks.session.palette import EQUITY, HOLD, LOSS, SYSTEMS
from tasks.session.tearsheet.thinning import deepest, drawdown, thinned

MICROS_A_MILLI = 1000.0
DOTTED, SOLID = "dot", "solid"
OBJECTIVES = {
    "fitness": "fitness, in sample",
    "return": "log return a year, in sample",
    "drawdown": "minus the deepest drawdown between trades, in sample",
}


def equity_chart(candidate: Candidate) -> go.Figure:
    """Equity and drawdown on the training bars (dotted) and on the folds' test bars."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.04, row_heights=[0.68, 0.32])
    for curve, name, dash in (
        (candidate.outside, "out of sample", SOLID),
        (candidate.inside, "in sample", DOTTED),
    ):
        if curve.equity.size:
            _add_curve(figure, curve, name, dash)
    figure.update_xaxes(type="date")
    figure.update_yaxes(title="equity", row=1, col=1)
    figure.update_yaxes(title="drawdown", tickformat=".0%", row=2, col=1)
    return _laid_out(figure, 560)


def fitness_chart(candidate: Candidate) -> go.Figure:
    """Fitness of the best and of the median genome by generation; of the folds the best, dotted."""
    figure = go.Figure()
    best, median = (fitness_by_generation(candidate.curve, name) for name in ("best", "median"))
    _add_fitness(figure, best, "best", EQUITY, SOLID)
    _add_fitness(figure, median, "median", HOLD, SOLID)
    for place, one in enumerate(candidate.folds):
        _add_fitness(
            figure,
            fitness_by_generation(one.curve, "best"),
            f"fold {one.number}, best",
            SYSTEMS[place % len(SYSTEMS)],
            DOTTED,
        )
    figure.update_xaxes(title="generation")
    figure.update_yaxes(title="fitness, in sample")
    return _laid_out(figure, 420)


def front_chart(candidate: Candidate) -> go.Figure:
    """The Pareto front: its last two objectives, what is earned over what is lost."""
    figure = go.Figure()
    up, across = candidate.front_names[-2:]
    figure.add_scatter(
        x=candidate.front_figures[:, -1],
        y=candidate.front_figures[:, -2],
        mode="markers",
        marker={"color": EQUITY, "size": 8},
        name="front",
    )
    figure.update_xaxes(title=objective_text(across))
    figure.update_yaxes(title=objective_text(up))
    return _laid_out(figure, 420)


def has_front(candidate: Candidate) -> bool:
    """Whether there is one to be drawn: a genome, and two objectives."""
    return len(candidate.front_names) > 1 and candidate.front_figures.shape[0] > 0


def objective_text(name: str) -> str:
    """What an axis of the front says; all objectives are made as large as can be."""
    return OBJECTIVES.get(name, name)


def fitness_by_generation(curve: FloatArray, name: str) -> FloatArray:
    """The fitness of `best` or `median`, shape (n_generations,); NaN where even that genome broke a constraint."""
    column = curve[:, CURVE.index(name)]
    return np.where(np.isfinite(column) & (column > BROKEN / 2.0), column, np.nan)


def _add_curve(figure: go.Figure, curve: Curve, name: str, dash: str) -> None:
    fall = drawdown(curve.equity)
    rows = thinned(curve.equity, fall, keep=deepest(curve.equity))
    for row, values, colour in ((1, curve.equity, EQUITY), (2, fall, LOSS)):
        figure.add_scatter(
            x=curve.days[rows] / MICROS_A_MILLI,
            y=values[rows],
            row=row,
            col=1,
            mode="lines",
            name=name,
            legendgroup=name,
            showlegend=row == 1,
            line={"color": colour, "width": 1.3, "dash": dash},
        )


def _add_fitness(figure: go.Figure, values: FloatArray, name: str, colour: str, dash: str) -> None:
    if np.isfinite(values).any():
        rows = thinned(values)
        figure.add_scatter(
            x=rows + 1, y=values[rows], mode="lines", name=name, line={"color": colour, "width": 1.3, "dash": dash}
        )


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(
        template="none",
        height=height,
        margin={"t": 60, "l": 90, "r": 50, "b": 60},
        modebar={"orientation": "v"},
        legend={"orientation": "h", "y": 1.12},
    )
