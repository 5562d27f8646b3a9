"""A measured figure, and how one is measured."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.types import BadInput
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a bench may write, the archive of minute bars it is to use (None: made ones), and a maker of desks."""

    folder: Path
    archive: Path | None
    make_desk: Callable[[Path], Desk]


Bench = Callable[[Workplace], "Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`; `ratio` is our time over the reference's; `target` says in words what is to be reached."""

    name: str
    value: float
    unit: str
    reference: str
    ratio: float
    target: str
    met: bool


def run_benches(
    known: Mapping[str, Bench], names: list[str], place: Workplace, report: Callable[[str], None]
) -> list[Figure]:
    """Run the named benches, all when none is named.

    Raises:
        BadInput: a name is not known.
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(f"there is no bench {', '.join(unknown)}; there is {', '.join(known)}")
    figures = []
    for name in names or list(known):
        report(f"measuring {name}")
        figures.append(known[name](place))
    return figures


def paired_seconds(
    ours: Callable[[], object], reference: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Medians of our seconds, the reference's, and their ratio, measured in turn after a round that warms up."""
    pairs = []
    for round_number in range(rounds + 1):
        seconds = []
        for work in (ours, reference):
            begin = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - begin)
        if round_number:
            pairs.append((seconds[0], seconds[1], seconds[0] / seconds[1]))
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    return medians[0], medians[1], medians[2]
