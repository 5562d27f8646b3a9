"""Pictures of a backtest: equity, drawdown and regime bands in one PNG."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.types import IntArray
from tasks.session.backtesting import BacktestReport
from tasks.session.tearsheet.palette import EQUITY, LOSS, REGIMES
from tasks.session.tearsheet.thinning import bands, deepest, drawdown, thinned


def equity_picture(report: BacktestReport) -> bytes:
    """PNG of the out-of-sample equity above its drawdown, on bands in the colour of the first symbol's regime."""
    run = report.run
    times, fall = run.panel.ts.astype("datetime64[us]"), drawdown(run.equity)
    rows = thinned(run.equity, fall, keep=deepest(run.equity))
    figure, (upper, lower) = plt.subplots(
        2, 1, sharex=True, figsize=(10, 5), height_ratios=[3, 1], layout="constrained"
    )
    for axes in (upper, lower):
        _add_bands(axes, times, run.panel.regime[:, 0])
    upper.plot(times[rows], run.equity[rows], color=EQUITY, linewidth=1.1)
    upper.set_ylabel("equity")
    upper.set_title(f"{', '.join(run.symbols)}: {_headline(report)}")
    lower.fill_between(times[rows], fall[rows], color=LOSS)
    lower.set_ylabel("drawdown")
    handles = [Rectangle((0, 0), 1, 1, color=colour, alpha=0.35) for colour in REGIMES.values()]
    upper.legend(handles, [one.name.lower() for one in REGIMES], loc="upper left", ncols=4, fontsize="small")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _headline(report: BacktestReport) -> str:
    if not report.plausible:
        return f"not plausible ({report.doubts[0].text})"
    honest, told, hold = (one.total_return for one in (report.out_of_sample, report.in_sample, report.hold.metrics))
    return f"out-of-sample {honest:+.1%} (in-sample {told:+.1%}, hold {hold:+.1%}), after costs"


def _add_bands(axes: Axes, times: np.ndarray, regime: IntArray) -> None:
    for kind, stretches in bands(regime).items():
        spans = [(times[begin], times[end] - times[begin]) for begin, end in stretches]
        colour = REGIMES[kind]
        axes.broken_barh(spans, (0, 1), transform=axes.get_xaxis_transform(), color=colour, alpha=0.35, linewidth=0)
