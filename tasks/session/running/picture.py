"""The picture of a campaign: equity, and how far it is below its highest value."""

import io

import matplotlib.pyplot as plt
import numpy as np

from tasks.session.palette import CASH, EQUITY, LOSS
from tasks.session.running.figures import Curve
from tasks.session.running.report import CampaignReport
from tasks.session.tearsheet.thinning import thinned


def campaign_picture(report: CampaignReport) -> bytes:
    """PNG; empty axes where nothing was decided."""
    return curve_picture(report.summary, report.curve)


def curve_picture(title: str, curve: Curve | None) -> bytes:
    """PNG of a curve above its drawdown; empty axes where there is none."""
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(11, 6), sharex=True, layout="constrained", height_ratios=[3, 1]
    )
    above.set_title(title, fontsize="medium")
    above.set_ylabel("equity")
    below.set_ylabel("drawdown")
    if curve is not None:
        equity, times = curve.equity[1:], curve.ts.astype("datetime64[us]")
        rows = thinned(equity)
        depth = equity / np.maximum.accumulate(curve.equity)[1:] - 1.0
        above.plot(times[rows], equity[rows], color=EQUITY, linewidth=1.0)
        above.axhline(float(curve.equity[0]), color=CASH, linewidth=0.7, linestyle="--")
        below.fill_between(times[rows], depth[rows], 0.0, color=LOSS, alpha=0.5)
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()
