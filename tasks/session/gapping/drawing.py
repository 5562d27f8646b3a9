"""The picture of a gap report: what each cause had brought by every bar."""

import io

import matplotlib.pyplot as plt

from models.gap import Kind
from tasks.session.gapping.report import GapReport
from tasks.session.palette import EQUITY

COLOURS = {
    Kind.DATA: "#457b9d",
    Kind.SIGNAL: "#7b5ea7",
    Kind.TIMING: "#f2b134",
    Kind.FILL: "#d1495b",
    Kind.FEE: "#8d6e63",
}


def gap_lines(report: GapReport) -> bytes:
    """PNG: a line for each cause, quote currency, and one for their sum."""
    figure, axes = plt.subplots(figsize=(10, 4.2), layout="constrained")
    times = report.ts.astype("datetime64[us]")
    for kind, line in report.lines.items():
        axes.plot(times, line, color=COLOURS[kind], linewidth=1.1, label=f"{kind.value} {line[-1]:+.2f}")
    whole = sum(report.lines.values())
    axes.plot(times, whole, color=EQUITY, linewidth=1.8, label=f"total {report.total:+.2f}")
    axes.axhline(0.0, color="#888888", linewidth=0.7)
    axes.set_ylabel("made more than the backtest")
    axes.set_title(f"{report.book}: {report.bps(report.total):+.2f} bp of what was traded", fontsize="medium")
    axes.tick_params(axis="x", labelrotation=20)
    axes.legend(fontsize="small", ncols=3, loc="best")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()
