"""The pictures of an evolution as PNG: how its candidates grew and how they were found, and a Pareto front."""

import io

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tasks.session.evolving.charts import fitness_by_generation, has_front, objective_text
from tasks.session.evolving.report import Candidate, EvolutionReport
from tasks.session.evolving.showing import span_text
from tasks.session.palette import EQUITY, SYSTEMS
from tasks.session.tearsheet.thinning import deepest, thinned

PARTS = 3


def evolution_picture(report: EvolutionReport) -> bytes:
    """PNG of a report: equity in and out of sample, fitness by generation, and the Pareto fronts."""
    figure, axes = plt.subplots(1, PARTS, figsize=(15, 4.5), layout="constrained")
    for one in report.candidates:
        _draw_equity(axes[0], one)
        _draw_fitness(axes[1], one)
        if has_front(one):
            _draw_front(axes[2], one, SYSTEMS[one.specialist])
    axes[0].set_title("equity (dotted: in sample)", fontsize="medium")
    axes[0].tick_params(axis="x", labelrotation=30)
    axes[1].set_title("fitness of the best by generation, in sample", fontsize="medium")
    axes[2].set_title("Pareto fronts, in sample", fontsize="medium")
    for one in axes:
        if one.get_legend_handles_labels()[1]:
            one.legend(fontsize="small")
    figure.suptitle(f"{', '.join(report.series)}, {span_text(report.window)}: {report.verdict}")
    return _png(figure)


def front_picture(candidate: Candidate) -> bytes:
    """PNG of the Pareto front of a candidate that has one."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    _draw_front(axes, candidate, EQUITY)
    axes.set_title(f"Pareto front of the {candidate.name} specialist, in sample", fontsize="medium")
    return _png(figure)


def _draw_equity(axes: Axes, candidate: Candidate) -> None:
    sides = ((candidate.outside, "-", candidate.name), (candidate.inside, ":", None))
    for curve, style, label in sides:
        if curve.equity.size:
            rows = thinned(curve.equity, keep=deepest(curve.equity))
            days, colour = curve.days.astype("datetime64[us]"), SYSTEMS[candidate.specialist]
            axes.plot(days[rows], curve.equity[rows], style, color=colour, linewidth=1.2, label=label)


def _draw_fitness(axes: Axes, candidate: Candidate) -> None:
    best = fitness_by_generation(candidate.curve, "best")
    rows = thinned(best)
    axes.plot(rows + 1, best[rows], color=SYSTEMS[candidate.specialist], linewidth=1.2, label=candidate.name)


def _draw_front(axes: Axes, candidate: Candidate, colour: str) -> None:
    across, up = candidate.front_figures[:, -1], candidate.front_figures[:, -2]
    axes.plot(across, up, "o", color=colour, markersize=4, label=candidate.name)
    axes.set_xlabel(objective_text(candidate.front_names[-1]), fontsize="small")
    axes.set_ylabel(objective_text(candidate.front_names[-2]), fontsize="small")


def _png(figure: Figure) -> bytes:
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()
