"""Pictures of a backtest: equity, drawdown, regime bands and who was in charge in one PNG."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.types import IntArray
from tasks.session.backtesting import BacktestReport
from tasks.session.backtesting.measuring import in_charge
from tasks.session.palette import EQUITY, LOSS, REGIMES, SYSTEMS
from tasks.session.tearsheet.thinning import bands, deepest, drawdown, thinned


def equity_picture(report: BacktestReport) -> bytes:
    """PNG of the out-of-sample equity, of the account and of each system, above its drawdown, on bands in the colour of
    the first symbol's regime, and below them who was in charge of that symbol in the first system.
    """
    run = report.run
    times, fall = run.panel.ts.astype("datetime64[us]"), drawdown(run.equity)
    rows = thinned(run.equity, fall, keep=deepest(run.equity))
    figure, (upper, lower, strip) = plt.subplots(
        3, 1, sharex=True, figsize=(10, 5.4), height_ratios=[3, 1, 0.25], layout="constrained"
    )
    for axes in (upper, lower):
        _add_bands(axes, times, run.panel.regime[:, 0], 0.35)
    _add_bands(strip, times, in_charge(run, 0), 1.0)
    strip.set_yticks([])
    strip.set_ylabel("in charge", rotation=0, ha="right", va="center")
    lines = upper.plot(times[rows], run.equity[rows], color=EQUITY, linewidth=1.3, label="account")
    for one, equity, colour in zip(run.parameters.systems, run.equities.T, SYSTEMS, strict=False):
        chosen = thinned(equity)
        lines += upper.plot(times[chosen], equity[chosen], color=colour, linewidth=0.9, label=one.name)
    upper.set_ylabel("equity")
    upper.set_title(f"{', '.join(report.book.symbols)}: {_headline(report)}")
    lower.fill_between(times[rows], fall[rows], color=LOSS)
    lower.set_ylabel("drawdown")
    handles = [Rectangle((0, 0), 1, 1, color=colour, alpha=0.35) for colour in REGIMES.values()]
    names = [*(one.name.lower() for one in REGIMES), *(str(line.get_label()) for line in lines)]
    upper.legend([*handles, *lines], names, loc="upper left", ncols=len(names), fontsize="small")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _headline(report: BacktestReport) -> str:
    if not report.plausible:
        return f"not plausible ({report.doubts[0].text})"
    honest, told, hold = (one.total_return for one in (report.out_of_sample, report.in_sample, report.hold.metrics))
    return f"out-of-sample {honest:+.1%} (in-sample {told:+.1%}, hold {hold:+.1%}), after costs"


def _add_bands(axes: Axes, times: np.ndarray, regime: IntArray, strength: float) -> None:
    for kind, stretches in bands(regime).items():
        spans = [(times[begin], times[end] - times[begin]) for begin, end in stretches]
        colour = REGIMES[kind]
        axes.broken_barh(spans, (0, 1), transform=axes.get_xaxis_transform(), color=colour, alpha=strength, linewidth=0)
