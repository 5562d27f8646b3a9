"""The lake as it was known at some moment: bars that were repaired or came later are not there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.columns import Columns
from data.journal import Decision
from models.types import IntArray, Series
from tasks.session.desk import Desk
from tasks.session.remembered import RememberedBars


@dataclass(frozen=True, slots=True)
class KnownBars(RememberedBars):
    """Bars that were known at or before `by`, UTC microseconds."""

    by: int = 0

    def columns(self, series: Series) -> Columns:
        """As of BarStore."""
        whole = RememberedBars.columns(self, series)
        known = whole.known_at <= self.by
        return whole if known.all() else whole.rows(known)


def knowing(desk: Desk, by: int) -> Desk:
    """The same desk with the bars that were known at `by`; what it has read of the lake is read once."""
    known = desk.bars.known if isinstance(desk.bars, RememberedBars) else {}
    return replace(desk, bars=KnownBars(desk.bars.lake, desk.bars.cache, desk.bars.grading, known, by))


def alike(desk: Desk, decisions: Sequence[Decision], series: Iterable[Series]) -> Iterator[list[Decision]]:
    """Runs of neighbouring decisions, in the order of their bars, for which what the last of them knew begins with what
    each of the others knew: one look at the lake serves them all.
    """
    bars = np.array([one.bar for one in decisions], np.int64)
    # A clock that was put back had not seen what was seen before.
    moments = np.minimum.accumulate(np.array([one.decided_at for one in decisions], np.int64)[::-1])[::-1]
    cuts: IntArray = np.unique(np.concatenate([_came_late(desk, one, bars, moments) for one in series]))
    group: list[Decision] = []
    for one in decisions:
        if group and _heard(cuts, one) != _heard(cuts, group[-1]):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _came_late(desk: Desk, series: Series, bars: IntArray, moments: IntArray) -> IntArray:
    """When bars became known that a decision, for them or for later ones, had not seen; `moments` by decision, the
    earliest from it on.
    """
    whole = desk.bars.columns(series)
    first = np.searchsorted(bars, whole.bars.ts)
    there = first < bars.size
    late: IntArray = whole.known_at[there][moments[first[there]] < whole.known_at[there]]
    return late


def _heard(cuts: IntArray, decision: Decision) -> int:
    return int(np.searchsorted(cuts, decision.decided_at, side="right"))
