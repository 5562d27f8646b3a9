"""Bars in the lake."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of, parquet_bytes
from data.files import sha256_of, write_atomically
from data.lake import Lake
from models.types import Bars, BoolArray, IntArray, Series

FIGURES = ("open", "high", "low", "close", "volume")
SCHEMA = pa.schema([("ts", TIME), *((name, pa.float64()) for name in FIGURES)])


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge did: bars added, and rows of the batch (numbers) that differ from the stored bar of their time."""

    added: int
    conflicts: IntArray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class BarStore:
    """Closed bars of any series. What is stored stays: a merge only ever adds."""

    lake: Lake

    def dataset(self, series: Series) -> Dataset:
        """The series' dataset, committed or not."""
        return Dataset(self.lake.folder("bars", series), series.timeframe, SCHEMA)

    def read(self, series: Series, until: int | None = None) -> Bars:
        """Bars from the series' origin to the one that opened at or before `until` (UTC microseconds).

        Raises:
            BadInput: the lake has no such series.
            Damaged: a part does not match its checksum.
        """
        self.lake.require(series)
        return _bars(self.dataset(series).read(until=until))

    def merge(self, series: Series, batch: Bars) -> Merge:
        """Add the bars of `batch` (ascending, unique) that are not there yet; all of them or, on any error, none."""
        dataset = self.dataset(series)
        if not len(batch):
            return Merge(0)
        with dataset.lock():
            changed: dict[str, pa.Table] = {}
            conflicts = []
            added = 0
            for period, rows in dataset.periods(batch.ts).items():
                part = batch.rows(slice(int(rows[0]), int(rows[-1]) + 1))
                stored = _bars(dataset.read(*_span(part)))
                known = np.isin(part.ts, stored.ts)
                conflicts.append(rows[0] + _conflicts(part, stored, known))
                if not known.all():
                    whole = _bars(_period(dataset, period))
                    changed[period] = _table(_joined(whole, part, ~known))
                    added += int((~known).sum())
            if changed:
                dataset.replace(changed)
        return Merge(added, np.concatenate(conflicts))

    def quarantine(self, series: Series, rows: Bars, flaws: list[str]) -> Path | None:
        """Keep rows that may not become bars, each with the name of its flaw; the same rows give the same file."""
        if not len(rows):
            return None
        table = _table(rows).append_column("flaw", pa.array(flaws, pa.string()))
        content = parquet_bytes(table)
        path = self.lake.folder("quarantine", series) / f"{sha256_of(content)[:16]}.parquet"
        if not path.exists():
            write_atomically(path, content)
        return path

    def damaged(self) -> Iterable[tuple[Path, str]]:
        """Every part of every series that cannot be trusted, with the reason."""
        for series in self.lake.series():
            yield from self.dataset(series).damaged()


def _period(dataset: Dataset, period: str) -> pa.Table:
    for part in dataset.manifest().parts:
        if part.path.startswith(f"period={period}/"):
            return dataset.read(part.first, part.last)
    return SCHEMA.empty_table()


def _span(bars: Bars) -> tuple[int, int]:
    return int(bars.ts[0]), int(bars.ts[-1])


def _bars(table: pa.Table) -> Bars:
    return Bars(micros_of(table), *(table[name].to_numpy() for name in FIGURES))


def _table(bars: Bars) -> pa.Table:
    columns = [pa.array(bars.ts, pa.int64()).cast(TIME), *(pa.array(getattr(bars, name)) for name in FIGURES)]
    return pa.table(columns, schema=SCHEMA)


def _conflicts(part: Bars, stored: Bars, known: BoolArray) -> IntArray:
    rows = np.flatnonzero(known)
    at = np.searchsorted(stored.ts, part.ts[rows])
    differs = np.zeros(rows.size, np.bool_)
    for name in FIGURES:
        differs |= getattr(part, name)[rows] != getattr(stored, name)[at]
    return rows[differs]


def _joined(stored: Bars, part: Bars, new: BoolArray) -> Bars:
    order = np.argsort(np.concatenate([stored.ts, part.ts[new]]), kind="stable")
    return Bars(*(np.concatenate([getattr(stored, name), getattr(part, name)[new]])[order] for name in Bars.__slots__))
