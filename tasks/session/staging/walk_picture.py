"""The picture of a walk: equity, the days on which each stage passes, and what came after."""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from models.types.timeframes import DAY
from tasks.session.palette import EQUITY, GAIN, LOSS, SYSTEMS
from tasks.session.staging.walking import Walk


def walk_picture(walk: Walk, title: str) -> bytes:
    """PNG: equity with the steps of the line on it; below it a lane for each stage, coloured where it passes and grey
    where it could not be judged; at the bottom the return of the longest horizon after each day.
    """
    figure, (upper, lanes, lower) = plt.subplots(
        3, 1, sharex=True, figsize=(10, 6.2), height_ratios=[3, 1, 1.4], layout="constrained"
    )
    times = walk.track.days.astype("datetime64[us]")
    upper.plot(times, walk.track.curve[1:], color=EQUITY, linewidth=1.1)
    for one in walk.life:
        at = np.datetime64(one.day, "us")
        upper.axvline(at, color=GAIN if one.cause is None else LOSS, linewidth=0.9)
        upper.annotate(
            str(one.after_it), (at, 1.0), xycoords=("data", "axes fraction"), rotation=90, fontsize="x-small"
        )
    upper.set_ylabel("equity")
    upper.set_title(title, fontsize="medium", pad=34 if walk.life else 8)
    _draw_lanes(lanes, walk)
    last = walk.ahead[-1]
    lower.axhline(0.0, color="#888888", linewidth=0.7)
    lower.plot(times, last.total_return, color="#888888", linewidth=0.8)
    for colour, judged in zip(SYSTEMS, walk.judged, strict=False):
        points = np.where(judged.passed, last.total_return, np.nan)
        lower.plot(times, points, ".", color=colour, markersize=3, label=f"{judged.standing} passes")
    lower.set_ylabel(f"next {last.horizon} days")
    lower.legend(fontsize="x-small", loc="upper left")
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=90)
    plt.close(figure)
    return sink.getvalue()


def _draw_lanes(axes: Axes, walk: Walk) -> None:
    # Days since 1970, as matplotlib's axes of dates count.
    begins = walk.track.days / DAY
    for place, one in enumerate(walk.judged):
        for chosen, colour in ((one.passed, SYSTEMS[place]), (~one.possible, "#dddddd")):
            axes.broken_barh(
                [(at, 1.0) for at in begins[chosen].tolist()], (place - 0.4, 0.8), color=colour, linewidth=0
            )
    axes.set_yticks(range(len(walk.judged)), [str(one.standing) for one in walk.judged], fontsize="small")
    axes.set_ylim(len(walk.judged) - 0.5, -0.5)
