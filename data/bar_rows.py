"""Rows of the bar datasets: what Parquet holds of a bar, and joining a batch to what is stored."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from data.dataset import TIME, micros_of
from models.types import Bars, BoolArray, IntArray

FIGURES = ("open", "high", "low", "close", "volume")
SCHEMA = pa.schema(
    [
        ("ts", TIME),
        *((name, pa.float64()) for name in FIGURES),
        ("known_at", TIME),
        ("source", pa.dictionary(pa.int32(), pa.string())),
        ("flaw", pa.int8()),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Bars from one source, ascending and unique, each with the time it was known (UTC microseconds, shape (n,))."""

    bars: Bars
    known_at: IntArray
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Stored rows, columns of shape (n,): `source` are numbers into `names`; `flaw` is 0 for a sound bar, otherwise
    the code of the rule that keeps it out of every read.
    """

    bars: Bars
    known_at: IntArray
    source: IntArray
    names: tuple[str, ...]
    flaw: IntArray

    def graded(self, flaw: IntArray) -> "Rows":
        """The same rows with other verdicts."""
        return replace(self, flaw=flaw)

    def part(self, start: int, stop: int) -> "Rows":
        """Rows `start` to `stop`, views."""
        chosen = slice(start, stop)
        return Rows(self.bars.rows(chosen), self.known_at[chosen], self.source[chosen], self.names, self.flaw[chosen])


def rows_of(table: pa.Table) -> Rows:
    """A table of SCHEMA as arrays."""
    sources = table["source"].unify_dictionaries().combine_chunks()
    if isinstance(sources, pa.ChunkedArray):
        sources = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
    return Rows(
        Bars(micros_of(table), *(table[name].to_numpy() for name in FIGURES)),
        micros_of(table, "known_at"),
        sources.indices.to_numpy().astype(np.int64),
        tuple(sources.dictionary.to_pylist()),
        table["flaw"].to_numpy().astype(np.int64),
    )


def table_of(rows: Rows) -> pa.Table:
    """The rows as a table of SCHEMA; equal rows give equal tables, whatever the order of their `names` was."""
    codes = pa.DictionaryArray.from_arrays(pa.array(rows.source, pa.int32()), pa.array(rows.names, pa.string()))
    columns = [
        pa.array(rows.bars.ts, pa.int64()).cast(TIME),
        *(pa.array(getattr(rows.bars, name)) for name in FIGURES),
        pa.array(rows.known_at, pa.int64()).cast(TIME),
        codes.cast(pa.string()).dictionary_encode(),
        pa.array(rows.flaw, pa.int8()),
    ]
    return pa.table(columns, schema=SCHEMA)


def join(stored: Rows, batch: Batch) -> tuple[Rows, BoolArray]:
    """Stored rows and the batch's rows of other times, ascending; and which rows are new, shape (n,)."""
    known = _present(batch.bars.ts, stored.bars.ts)
    names = stored.names if batch.source in stored.names else (*stored.names, batch.source)
    if not known.any() and not len(stored.bars):
        code = np.full(len(batch.bars), names.index(batch.source))
        rows = Rows(batch.bars, batch.known_at, code, names, np.zeros(code.size, np.int64))
        return rows, np.ones(code.size, np.bool_)
    fresh = batch.bars.rows(~known)
    order = np.argsort(np.concatenate([stored.bars.ts, fresh.ts]), kind="stable")
    count = len(fresh)

    def joined(one: Any, other: Any) -> Any:
        return np.concatenate([one, other])[order]

    rows = Rows(
        Bars(*(joined(getattr(stored.bars, name), getattr(fresh, name)) for name in Bars.__slots__)),
        joined(stored.known_at, batch.known_at[~known]),
        joined(stored.source, np.full(count, names.index(batch.source))),
        names,
        joined(stored.flaw, np.zeros(count, np.int64)),
    )
    return rows, order >= len(stored.bars)


def _present(ts: IntArray, stored: IntArray) -> BoolArray:
    """Which of `ts` are in `stored`; both ascending."""
    if not stored.size:
        return np.zeros(ts.size, np.bool_)
    at = np.minimum(np.searchsorted(stored, ts), stored.size - 1)
    present: BoolArray = stored[at] == ts
    return present
