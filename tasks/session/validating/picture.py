"""The picture of a validation: growth, regimes, dearer costs, and redrawn drawdowns in one PNG."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from tasks.session.palette import LOSS
from tasks.session.tearsheet.thinning import deepest, thinned
from tasks.session.validating.bootstrapping import TooFew
from tasks.session.validating.charts import COLOURS
from tasks.session.validating.report import ProfileFound, ValidationReport


def validation_picture(report: ValidationReport) -> bytes:
    """PNG of a report; in-sample lines are dotted."""
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    profiles = list(report.profiles.values())
    for place, one in enumerate(profiles):
        colour = COLOURS[place % len(COLOURS)]
        _draw_equity(axes[0, 0], one, colour)
        _draw_costs(axes[1, 0], one, colour)
        _draw_ranges(axes[1, 1], one, colour)
    _draw_regimes(axes[0, 1], profiles)
    axes[0, 0].set_title("equity, times the first (dotted: in sample)", fontsize="medium")
    axes[0, 0].legend(fontsize="small")
    axes[1, 0].set_title("return by multiple of the costs (dotted: in sample)", fontsize="medium")
    axes[1, 0].axhline(0.0, color="#888888", linewidth=0.7)
    axes[1, 1].set_title("drawdown of redrawn paths, 5 to 95 %, and its limit", fontsize="medium")
    figure.suptitle(f"Validation of {', '.join(report.symbols)}, {' to '.join(one[:10] for one in report.window)}")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _draw_equity(axes: Axes, one: ProfileFound, colour: str) -> None:
    times = one.ts.astype("datetime64[us]")
    axes.tick_params(axis="x", labelrotation=30)
    for equity, style, label in ((one.equity.out_of_sample, "-", one.name), (one.equity.in_sample, ":", None)):
        rows = thinned(equity, keep=deepest(equity))
        axes.plot(times[rows], equity[rows] / equity[0], style, color=colour, linewidth=1.1, label=label)


def _draw_costs(axes: Axes, one: ProfileFound, colour: str) -> None:
    multiples = list(one.cases.costs)
    for side, style in (("out_of_sample", "o-"), ("in_sample", "o:")):
        returns = [getattr(both, side).total_return for both in one.cases.costs.values()]
        axes.plot(multiples, returns, style, color=colour, markersize=4)


def _draw_ranges(axes: Axes, one: ProfileFound, colour: str) -> None:
    for what, found in (("trades", one.redrawn.trades), ("candles", one.redrawn.candles)):
        name = f"{one.name}\n{what}"
        axes.plot([one.limit], [name], "|", color=LOSS, markersize=16)
        if not isinstance(found, TooFew):
            spread = found.max_drawdown
            axes.plot([spread.low, spread.high], [name, name], color=colour)
            axes.plot([spread.median], [name], "o", color=colour)


def _draw_regimes(axes: Axes, profiles: list[ProfileFound]) -> None:
    names = list(profiles[0].regimes)
    parts = [[both.out_of_sample.yearly for both in one.regimes.values()] for one in profiles]
    values = np.array([[np.nan if part is None else part.figure for part in row] for row in parts])
    most = max(float(np.nanmax(np.abs(values), initial=0.0)), 1e-9)
    axes.imshow(values, cmap="RdYlGn", vmin=-most, vmax=most, aspect="auto")
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(profiles)), [one.name for one in profiles])
    axes.set_title("log return a year by regime (~: may be chance)", fontsize="medium")
    for row, line in enumerate(parts):
        for column, part in enumerate(line):
            if part is not None:
                chance = "~" if part.low <= 0.0 <= part.high else ""
                axes.text(column, row, f"{chance}{part.figure:+.2%}", ha="center", va="center", fontsize="small")
