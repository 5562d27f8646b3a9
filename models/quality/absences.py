"""Why bars are absent: no trade, a known outage, or data that is truly missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.quality.density import WINDOW, implausible
from models.quality.gaps import Gap, GapKind, absent_runs
from models.types import IntArray

KINDS = (GapKind.QUIET, GapKind.MISSING, GapKind.OUTAGE)


@dataclass(frozen=True, slots=True, eq=False)
class Absences:
    """Runs of absent bars in the order of time, columns of shape (n_runs,): opens of the first and the last bar (UTC
    microseconds), bars in the run, and the number of its kind in KINDS. A thin market has hundreds of thousands.
    """

    start: IntArray
    end: IntArray
    missing: IntArray
    kind: IntArray

    @property
    def quiet(self) -> int:
        """Bars in the quiet runs."""
        return int(self.missing[self.kind == KINDS.index(GapKind.QUIET)].sum())

    def gaps(self, *kinds: GapKind) -> tuple[Gap, ...]:
        """The runs of these kinds as values."""
        rows = np.flatnonzero(np.isin(self.kind, [KINDS.index(kind) for kind in kinds]))
        columns = (column[rows].tolist() for column in (self.start, self.end, self.missing))
        return tuple(map(Gap, *columns, [KINDS[code] for code in self.kind[rows].tolist()]))


def classify_absences(ts: IntArray, expected: IntArray, outages: Sequence[tuple[int, int]] = ()) -> tuple[Gap, ...]:
    """The runs of `graded_absences` of every kind, as values."""
    return graded_absences(ts, expected, outages).gaps(*GapKind)


def graded_absences(ts: IntArray, expected: IntArray, outages: Sequence[tuple[int, int]] = ()) -> Absences:
    """Every absent bar in exactly one run.

    Args:
        ts: opens of the bars that are there, ascending, UTC microseconds.
        expected: opens of the bars that the market should have had, ascending.
        outages: known ones as (start, end), UTC microseconds, the start included, the end not; in any order. A run
            that reaches beyond an outage is cut there, and the rest is judged by its own length.
    """
    first, last = absent_runs(ts, expected)
    known = np.zeros(expected.size, np.bool_)
    for start, end in outages:
        known[np.searchsorted(expected, start) : np.searchsorted(expected, end)] = True
    first, last = _cut(first, last, np.flatnonzero(known[1:] != known[:-1]) + 1)
    missing = implausible(first, last, expected.size, WINDOW, WINDOW)
    kind = np.where(known[first], KINDS.index(GapKind.OUTAGE), missing)
    return Absences(expected[first], expected[last], last - first + 1, kind)


def _cut(first: IntArray, last: IntArray, borders: IntArray) -> tuple[IntArray, IntArray]:
    """The same runs, cut before every position of `borders` that lies inside one."""
    if not first.size:
        return first, last
    run = np.searchsorted(first, borders, side="right") - 1
    borders = borders[(run >= 0) & (borders > first[run]) & (borders <= last[run])]
    return np.sort(np.concatenate([first, borders])), np.sort(np.concatenate([last, borders - 1]))
