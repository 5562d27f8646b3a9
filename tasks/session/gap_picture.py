"""A picture of what the lake has and lacks: one band a series, missing bars in red."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from models.types.timeframes import DAY
from tasks.session.coverage import Coverage

PRESENT = "#4fb477"
COLOURS = {"missing": "#d1495b", "outage": "#f2b134"}
# A gap of minutes in a band of years would be thinner than a pixel: it is drawn this wide, as a share of the picture.
NARROWEST = 0.002


def gap_picture(found: list[Coverage]) -> bytes:
    """PNG with one band for each series from its first to its last bar, gaps marked by their kind."""
    height = 1.2 + 0.45 * len(found)
    figure, axes = plt.subplots(figsize=(10, height), layout="constrained")
    spans = [(one.ledger.first or 0, one.ledger.last or 0) for one in found]
    least = NARROWEST * max(max(end for _, end in spans) - min(begin for begin, _ in spans), DAY)
    for row, one in enumerate(found):
        _band(axes, row, one, least)
    axes.set_yticks(range(len(found)), [str(one.series) for one in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.xaxis_date()
    axes.set_title("bars in the lake")
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in (PRESENT, *COLOURS.values())]
    axes.legend(handles, ["present", "truly missing", "known outage"], loc="upper left", ncols=3, fontsize="small")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _band(axes: Axes, row: int, one: Coverage, least: float) -> None:
    ledger = one.ledger
    if ledger.first is None or ledger.last is None:
        return
    axes.broken_barh([(_days(ledger.first), _days(ledger.last - ledger.first))], (row - 0.35, 0.7), color=PRESENT)
    for kind, colour in COLOURS.items():
        gaps = [
            (_days(gap.start), _days(max(gap.end - gap.start, least))) for gap in ledger.absences if gap.kind == kind
        ]
        axes.broken_barh(gaps, (row - 0.35, 0.7), color=colour)


def _days(micros: float) -> float:
    return float(np.float64(micros) / DAY)
