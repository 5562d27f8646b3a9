"""The pictures of a training as PNG."""

import io
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from models.predictors.walking import Walked
from tasks.session.palette import CASH, EQUITY, EXPOSURE, HOLD

MOST_BARS = 30
# Of each curve by its name; what has another name is drawn like the last.
COLOURS = {"learnt": EXPOSURE, "held_out": HOLD}


def importance_picture(title: str, rows: list[dict[str, Any]]) -> bytes:
    """PNG of the inputs that count most, the first on top; `rows` as pictures.importance_rows gives them."""
    shown = rows[:MOST_BARS][::-1]
    figure, axes = plt.subplots(figsize=(8, 1.2 + 0.24 * len(shown)), layout="constrained")
    axes.barh([row["input"] for row in shown], [row["share"] for row in shown], color=EXPOSURE)
    axes.tick_params(axis="y", labelsize="small")
    axes.set_xlabel("share of all inputs")
    axes.set_title(f"what counts\n{title}", fontsize="medium")
    return _png(figure)


def curves_picture(title: str, walked: Walked) -> bytes:
    """PNG of the losses by round or epoch: of the final model, and thin those of the folds."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for speaker, width, final in (*((one, 0.6, False) for one in walked.folds), (walked.final, 1.8, True)):
        for name, curve in speaker.core.curves.items():
            label = name.replace("_", " ") if final else None
            colour, points = COLOURS.get(name, HOLD), range(1, curve.size + 1)
            axes.plot(points, curve, "o-", color=colour, linewidth=width, markersize=2.0 * width, label=label)
    axes.set_xlabel("point of the training")
    axes.set_ylabel("log loss, nats")
    axes.legend(fontsize="small")
    axes.set_title(f"learning curves, thin those of the folds\n{title}", fontsize="medium")
    return _png(figure)


def calibration_picture(title: str, rows: list[dict[str, Any]]) -> bytes:
    """PNG of how often it was so where so much was said, out of sample; rows: see pictures.calibration_rows."""
    figure, axes = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
    for which, colour in (("raw", CASH), ("calibrated", EQUITY)):
        points = [(row["said"], row["rose"]) for row in rows if row["probabilities"] == which]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", color=colour, markersize=4, linewidth=1.0, label=which)
    reach = [min(axes.get_xlim()[0], axes.get_ylim()[0]), max(axes.get_xlim()[1], axes.get_ylim()[1])]
    axes.plot(reach, reach, ":", color=CASH, linewidth=1.0, label="as said")
    axes.set_xlabel("probability that was said")
    axes.set_ylabel("share that rose first")
    axes.legend(fontsize="small")
    axes.set_title(f"reliability out of sample\n{title}", fontsize="medium")
    return _png(figure)


def _png(figure: Figure) -> bytes:
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()
