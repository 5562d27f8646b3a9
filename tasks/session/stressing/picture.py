"""The picture of a stress test: drawdown by scenario and profile, as a share of what the profile allows."""

import io
import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.types import FloatArray
from tasks.session.stressing.report import StressReport
from tasks.session.stressing.showing import books_of

# Of the limit: at 1 it breaks.
MOST = 2.0
ROW_HEIGHT = 0.3


def loss_map(report: StressReport, book: str) -> tuple[list[str], FloatArray, FloatArray]:
    """(profiles, losses, drawdowns over the limit), shapes (n_scenarios, n_profiles), by the report's scenarios; NaN
    where one did not run.
    """
    profiles = [profile for one, profile in report.books if one == book]
    rows = [[report.row(book, profile, name) for profile in profiles] for name in report.scenarios]
    losses = [[math.nan if one is None else one.loss for one in cells] for cells in rows]
    falls = [[math.nan if one is None else one.drawdown / one.limit for one in cells] for cells in rows]
    return profiles, np.array(losses), np.array(falls)


def loss_picture(report: StressReport) -> bytes:
    """PNG: one map for each book; a cell shows the loss, its colour how much of the limit the drawdown took, and a
    frame that it broke it.
    """
    books = books_of(report)
    height = 1.6 + ROW_HEIGHT * len(report.scenarios)
    figure, axes = plt.subplots(
        1,
        max(1, len(books)),
        figsize=(4.0 + 4.0 * len(books), height),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    figure.suptitle(f"{report.book}: loss; the darker the more of the drawdown limit, framed: beyond it")
    if not books:
        axes[0, 0].text(0.5, 0.5, "no scenario ran", ha="center")
        axes[0, 0].set_axis_off()
    for one, book in zip(axes[0], books, strict=False):
        _draw(one, report, book)
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _draw(axes: Axes, report: StressReport, book: str) -> None:
    profiles, losses, falls = loss_map(report, book)
    axes.imshow(falls, cmap="YlOrRd", vmin=0.0, vmax=MOST, aspect="auto")
    axes.set_xticks(range(len(profiles)), profiles)
    axes.set_yticks(range(len(report.scenarios)), report.scenarios)
    axes.set_title(book)
    for row, column in np.argwhere(np.isfinite(losses)):
        fall = float(falls[row, column])
        colour = "white" if fall > 0.7 * MOST else "black"
        weight = "bold" if fall >= 1.0 else "normal"
        told = f"{losses[row, column]:.1%}"
        axes.text(column, row, told, ha="center", va="center", color=colour, weight=weight, size="small")
        if fall >= 1.0:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, color="black", linewidth=1.0))
