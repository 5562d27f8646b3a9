"""Pictures of a backtest: equity, drawdown and regime bands in one PNG."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.engine import Backtest
from models.types import FloatArray, IntArray, Regime

COLOURS = {
    Regime.VOLATILE: "#f2b134",
    Regime.TRENDING: "#4fb477",
    Regime.RANGING: "#c9d3e0",
    Regime.CRISIS: "#d1495b",
}


def equity_picture(run: Backtest, in_sample_return: float) -> bytes:
    """PNG of the out-of-sample equity above its drawdown, on bands in the colour of the first symbol's regime."""
    times = run.panel.ts.astype("datetime64[us]")
    figure, (upper, lower) = plt.subplots(
        2, 1, sharex=True, figsize=(10, 5), height_ratios=[3, 1], layout="constrained"
    )
    for axes in (upper, lower):
        _bands(axes, times, run.panel.regime[:, 0])
    upper.plot(times, run.equity, color="#1d3557", linewidth=1.1)
    upper.set_ylabel("equity")
    total = run.equity[-1] / run.equity[0] - 1.0
    upper.set_title(
        f"{', '.join(run.symbols)}: out-of-sample {total:+.1%} (in-sample {in_sample_return:+.1%}), after costs"
    )
    lower.fill_between(times, _drawdown(run.equity), color="#d1495b")
    lower.set_ylabel("drawdown")
    handles = [Rectangle((0, 0), 1, 1, color=colour, alpha=0.35) for colour in COLOURS.values()]
    upper.legend(handles, [one.name.lower() for one in COLOURS], loc="upper left", ncols=4, fontsize="small")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _drawdown(equity: FloatArray) -> FloatArray:
    return equity / np.maximum.accumulate(equity) - 1.0


def _bands(axes: Axes, times: np.ndarray, regime: IntArray) -> None:
    starts = np.concatenate([[0], np.flatnonzero(np.diff(regime)) + 1])
    ends = np.concatenate([starts[1:], [regime.size - 1]])
    for kind, colour in COLOURS.items():
        chosen = regime[starts] == kind
        spans = [(times[a], times[b] - times[a]) for a, b in zip(starts[chosen], ends[chosen], strict=True)]
        axes.broken_barh(spans, (0, 1), transform=axes.get_xaxis_transform(), color=colour, alpha=0.35, linewidth=0)
