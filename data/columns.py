"""What the engines read of a series: its sound bars and the times they were known, as columns."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from data.dataset import micros_of
from models.types import Bars, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Bars, and when each was known (UTC microseconds, shape (n_bars,), ascending)."""

    NAMES: ClassVar[tuple[str, ...]] = ("ts", "open", "high", "low", "close", "volume", "known_at", "flaw")

    bars: Bars
    known_at: IntArray

    @classmethod
    def of(cls, table: pa.Table) -> "Columns":
        """From a table with at least NAMES."""
        figures = (table[name].to_numpy() for name in cls.NAMES[1:6])
        return cls(Bars(micros_of(table), *figures), micros_of(table, "known_at"))

    def read(self, until: int | None = None, known_by: int | None = None) -> Bars:
        """Bars that opened at or before `until` and were known at or before `known_by`; views."""
        stop = len(self.bars) if until is None else int(np.searchsorted(self.bars.ts, until, side="right"))
        if known_by is not None:
            stop = min(stop, int(np.searchsorted(self.known_at, known_by, side="right")))
        return self.bars.rows(slice(0, stop))

    def rows(self, chosen: slice | BoolArray) -> "Columns":
        """The chosen rows."""
        return Columns(self.bars.rows(chosen), self.known_at[chosen])

    def arrays(self) -> tuple[IntArray | FloatArray, ...]:
        """All columns in the order of NAMES, without the flaw."""
        return (*(getattr(self.bars, name) for name in Bars.__slots__), self.known_at)


def stacked(parts: list[Columns]) -> Columns:
    """One after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = [np.concatenate(column) for column in zip(*(part.arrays() for part in parts), strict=True)]
    if not columns:
        nothing = np.empty(0, np.int64)
        return Columns(Bars(nothing, *[np.empty(0)] * 5), nothing)
    return Columns(Bars(*columns[:-1]), columns[-1])
