"""The picture of a report: price on bands in the colours of its regimes, both detectors, durations, transitions."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.regime import spells
from models.types import IntArray, Regime
from tasks.session.palette import EQUITY, REGIMES
from tasks.session.regimes.measuring import NAMES, RegimeFigures
from tasks.session.regimes.report import RegimeReport
from tasks.session.tearsheet.thinning import bands, thinned

SHADE = 0.45


def regime_picture(report: RegimeReport) -> bytes:
    """PNG of a report."""
    times = report.ts.astype("datetime64[us]")
    figure = plt.figure(figsize=(11, 7.5), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=[6, 1, 4])
    price = figure.add_subplot(grid[0, :])
    _draw_price(price, times, report)
    _draw_strips(figure.add_subplot(grid[1, :], sharex=price), times, report)
    _draw_durations(figure.add_subplot(grid[2, 0]), report.labellings[0].label)
    _draw_transitions(figure.add_subplot(grid[2, 1]), report.figures[0])
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _draw_price(axes: Axes, times: np.ndarray, report: RegimeReport) -> None:
    rows = thinned(report.close)
    _draw_bands(axes, times, report.labellings[0].label, 0.0, 1.0, SHADE)
    axes.plot(times[rows], report.close[rows], color=EQUITY, linewidth=0.9)
    axes.set_yscale("log")
    axes.set_ylabel("close")
    first = report.figures[0]
    axes.set_title(f"{report.series}, regimes by {first.detector}: {first.switches_per_year:.1f} switches a year")
    shares = [first.share[one.name.lower()] for one in REGIMES]
    handles = [Rectangle((0, 0), 1, 1, color=colour, alpha=SHADE) for colour in REGIMES.values()]
    names = [f"{one.name.lower()} {share:.0%}" for one, share in zip(REGIMES, shares, strict=True)]
    axes.legend(handles, names, loc="upper left", ncols=4, fontsize="small")


def _draw_strips(axes: Axes, times: np.ndarray, report: RegimeReport) -> None:
    """One band a detector."""
    height = 1.0 / len(report.labellings)
    for k, one in enumerate(report.labellings):
        _draw_bands(axes, times, one.label, 1.0 - (k + 1) * height, 0.9 * height, 1.0)
    middles = [1.0 - (k + 0.55) * height for k in range(len(report.labellings))]
    axes.set_yticks(middles, [one.detector for one in report.labellings])
    axes.set_ylim(0.0, 1.0)


def _draw_bands(axes: Axes, times: np.ndarray, label: IntArray, bottom: float, height: float, shade: float) -> None:
    for kind, stretches in bands(label).items():
        spans = [(times[begin], times[end] - times[begin]) for begin, end in stretches]
        axes.broken_barh(
            spans, (bottom, height), transform=axes.get_xaxis_transform(), color=REGIMES[kind], alpha=shade, linewidth=0
        )


def _draw_durations(axes: Axes, label: IntArray) -> None:
    """How many bars the spells of each regime lasted: quartiles, the middle, and every tenth beyond."""
    found = spells(label)
    lengths = [found.bars[found.regime == code] for code in Regime]
    drawn = axes.boxplot(
        lengths,
        tick_labels=[f"{name}\n{one.size}" for name, one in zip(NAMES, lengths, strict=True)],
        whis=(10, 90),
        sym=".",
        patch_artist=True,
        medianprops={"color": EQUITY},
    )
    for box, kind in zip(drawn["boxes"], Regime, strict=True):
        box.set_facecolor(REGIMES[kind])
    axes.set_yscale("log")
    axes.set_ylabel("bars")
    axes.set_title("durations of the spells, and how many", fontsize="medium")


def _draw_transitions(axes: Axes, figures: RegimeFigures) -> None:
    axes.imshow(np.nan_to_num(figures.transitions), cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_xticks(range(len(NAMES)), NAMES)
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.set_xlabel("the next bar")
    axes.set_title("transitions from a bar to the next", fontsize="medium")
    for row, column in np.argwhere(np.isfinite(figures.transitions)):
        share = float(figures.transitions[row, column])
        colour = "white" if share > 0.5 else "black"
        axes.text(column, row, f"{share:.4f}", ha="center", va="center", color=colour, fontsize="small")
