"""Bars in the lake."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import ArrayCache
from data.bar_rows import FIGURES, SCHEMA, Batch, Rows, join, rows_of, table_of
from data.columns import Columns
from data.dataset import Dataset, micros_of, parquet_bytes, part_of
from data.files import reading, sha256_of, write_atomically
from data.lake import Lake
from data.manifest import NAME, Manifest, committing, read_manifest, require_manifest, write_manifest
from data.objects import Place, globbed
from models.types import BadInput, Bars, BoolArray, Damaged, IntArray, Series

# From here on a series is read through the array cache; below it, Parquet takes a few milliseconds.
CACHED_FROM = 50_000


@dataclass(frozen=True, slots=True)
class Grading:
    """How rows are held against their neighbours.

    `codes` gives 0 or the code of a flaw for every row. The verdict of a row depends on itself and the `context` rows
    on each side only, so that batches in any order end in the same verdicts.
    """

    codes: Callable[[Bars], IntArray]
    context: int


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """What a merge did: bars added, and rows of the batch (numbers): `conflicts` differ from the stored bar of their
    time, `suspects` are stored and kept out of every read because of their neighbours.
    """

    added: int
    conflicts: IntArray
    suspects: IntArray


@dataclass(frozen=True, slots=True)
class BarStore:
    """Closed bars of any series. What is stored stays: a merge only ever adds rows, and grades the neighbours anew."""

    lake: Lake
    cache: ArrayCache
    grading: Grading

    def dataset(self, series: Series) -> Dataset:
        """The series' dataset, committed or not."""
        return Dataset(self.lake.folder("bars", series), series.timeframe, SCHEMA)

    def read(self, series: Series, until: int | None = None, known_by: int | None = None) -> Bars:
        """Sound bars from the series' origin to the one that opened at or before `until`, and was known at or before
        `known_by` (UTC microseconds).

        Raises:
            BadInput: the lake has no such series.
            Damaged: a part does not match its checksum.
        """
        try:
            return self.columns(series).read(until, known_by)
        except Damaged:
            if until is None:
                raise
            # What is damaged may lie behind what is asked for.
            before = self.dataset(series).read(until=until, columns=Columns.NAMES)
            return _sound(before).read(until, known_by)

    def columns(self, series: Series) -> Columns:
        """All sound bars with the times they were known.

        Raises:
            BadInput: the lake has no such series.
            Damaged: a part does not match its checksum.
        """
        dataset, manifest = self._committed(series)
        if manifest.rows < CACHED_FROM:
            return _sound(dataset.read(columns=Columns.NAMES))
        try:
            return self.cache.read(series, manifest, lambda part: _sound(dataset.read_part(part, Columns.NAMES)))
        except Damaged:
            if dataset.manifest() == manifest:
                raise
            return self.columns(series)  # a writer has replaced what the manifest named

    def tail(self, series: Series, count: int) -> Bars:
        """The last `count` sound bars, read from no more parts than needed."""
        dataset, manifest = self._committed(series)
        if self.cache.holds(series, manifest):
            bars = self.columns(series).bars
        else:
            bars = _sound(dataset.read(since=_tail_begin(manifest, count), columns=Columns.NAMES)).bars
            if len(bars) < count and manifest.rows > len(bars):
                bars = self.columns(series).bars  # rows that are no sound bars stood among the last ones
        return bars.rows(slice(max(0, len(bars) - count), len(bars)))

    def _committed(self, series: Series) -> tuple[Dataset, Manifest]:
        dataset = self.dataset(series)
        manifest = dataset.manifest()
        if not manifest.parts:
            require_manifest(dataset.folder)
            self.lake.require(series)
            raise BadInput(f"the lake has no bar of {series} left; bring them in with keel import or keel ingest")
        return dataset, manifest

    def rows(self, series: Series, since: int | None = None, until: int | None = None) -> Rows:
        """Every stored row with its source and its flaw, suspects included."""
        return rows_of(self.dataset(series).read(since, until))

    def times(self, series: Series) -> tuple[IntArray, IntArray]:
        """Opens of every stored row (UTC microseconds) and its flaw code: 0 for a sound bar, otherwise a suspect."""
        table = self.dataset(series).read(columns=("ts", "flaw"))
        return micros_of(table), table["flaw"].to_numpy().astype(np.int64)

    def merge(self, series: Series, batch: Batch) -> Merge:
        """Add the bars of `batch` (ascending, unique) that are not there yet; all of them or, on any error, none."""
        dataset = self.dataset(series)
        nothing = np.empty(0, np.int64)
        if not len(batch.bars):
            return Merge(0, nothing, nothing)
        with dataset.lock():
            before = rows_of(_around(dataset, batch.bars.ts, 2 * self.grading.context))
            union, new = join(before, batch)
            flaw = np.where(_near(new, self.grading.context), self.grading.codes(union.bars), union.flaw)
            changed = new | (flaw != union.flaw)
            union = union.graded(flaw)
            periods = dataset.periods(union.bars.ts)
            dataset.replace(
                {
                    period: table_of(union.part(int(rows[0]), int(rows[-1]) + 1))
                    for period, rows in periods.items()
                    if changed[rows].any()
                }
            )
        at = np.searchsorted(union.bars.ts, batch.bars.ts)
        conflicts = np.flatnonzero(~new[at] & _differ(batch.bars, union.bars.rows(at)))
        suspects = np.setdiff1d(np.flatnonzero(flaw[at] != 0), conflicts)
        return Merge(int((new & (flaw == 0)).sum()), conflicts, suspects)

    def regrade(self, series: Series) -> None:
        """Hold every stored row against its neighbours again: after a loss, those that are left have other ones."""
        dataset = self.dataset(series)
        with dataset.lock():
            rows = rows_of(dataset.read())
            flaw = self.grading.codes(rows.bars)
            changed = flaw != rows.flaw
            rows = rows.graded(flaw)
            dataset.replace(
                {
                    period: table_of(rows.part(int(at[0]), int(at[-1]) + 1))
                    for period, at in dataset.periods(rows.bars.ts).items()
                    if changed[at].any()
                }
            )

    def quarantine(self, series: Series, rows: Bars, flaws: list[str]) -> Place | None:
        """Keep rows that may not become bars, each with the name of its flaw; the same rows give the same file."""
        if not len(rows):
            return None
        columns = {"ts": pa.array(rows.ts, pa.int64()).cast(SCHEMA.field("ts").type)}
        columns |= {name: pa.array(getattr(rows, name)) for name in FIGURES}
        content = parquet_bytes(pa.table(columns | {"flaw": pa.array(flaws, pa.string())}))
        folder = self.lake.folder("quarantine", series)
        part = part_of(f"{sha256_of(content)[:16]}.parquet", content)
        with committing(folder):
            parts = read_manifest(folder).parts
            if part not in parts or not (folder / part.path).exists():
                write_atomically(folder / part.path, content)
                write_manifest(folder, Manifest(tuple(sorted({*parts, part}))))
        return folder / part.path

    def quarantined(self, series: Series) -> tuple[IntArray, list[str]]:
        """Opens of the quarantined rows (UTC microseconds), and the name of each one's flaw."""
        ts, flaws = [np.empty(0, np.int64)], list[str]()
        for path in globbed(self.lake.folder("quarantine", series), "*.parquet"):
            with reading(path):
                file = pq.ParquetFile(pa.BufferReader(path.read_bytes()), pre_buffer=False)
                table = file.read(columns=["ts", "flaw"], use_threads=False)
            ts.append(micros_of(table))
            flaws.extend(table["flaw"].to_pylist())
        return np.concatenate(ts), flaws

    def damaged(self) -> Iterable[tuple[Place, str]]:
        """Every manifest and part of every series that cannot be trusted, with the reason."""
        for series in self.lake.series():
            dataset = self.dataset(series)
            try:
                require_manifest(dataset.folder)
                yield from dataset.damaged()
            except Damaged as error:
                yield dataset.folder / NAME, str(error)


def _sound(table: pa.Table) -> Columns:
    rows = Columns.of(table)
    sound = table["flaw"].to_numpy() == 0
    return rows if sound.all() else rows.rows(sound)


def _around(dataset: Dataset, ts: IntArray, context: int) -> pa.Table:
    """Whole parts: those of the periods that `ts` touches, and so many beside them as hold `context` rows."""
    touched = set(dataset.periods(ts))
    parts = dataset.manifest().parts
    inside = [k for k, part in enumerate(parts) if part.period in touched or ts[0] <= part.first <= ts[-1]]
    low = inside[0] if inside else sum(part.last < ts[0] for part in parts)
    high = inside[-1] + 1 if inside else low
    beside = context - sum(part.rows for part in parts[low:high] if part.last < ts[0])
    while low > 0 and beside > 0:
        low -= 1
        beside -= parts[low].rows
    beside = context
    while high < len(parts) and beside > 0:
        beside -= parts[high].rows
        high += 1
    chosen = parts[low:high]
    return dataset.read(chosen[0].first, chosen[-1].last) if chosen else SCHEMA.empty_table()


def _tail_begin(manifest: Manifest, count: int) -> int | None:
    left = count
    for part in reversed(manifest.parts):
        left -= part.rows
        if left <= 0:
            return part.first
    return None


def _near(chosen: BoolArray, reach: int) -> BoolArray:
    """Rows that are at most `reach` rows away from a chosen one."""
    at = np.flatnonzero(chosen)
    edges = np.zeros(chosen.size + 1, np.int64)
    np.add.at(edges, np.maximum(at - reach, 0), 1)
    np.add.at(edges, np.minimum(at + reach + 1, chosen.size), -1)
    near: BoolArray = np.cumsum(edges[:-1]) > 0
    return near


def _differ(one: Bars, other: Bars) -> BoolArray:
    differs = np.zeros(len(one), np.bool_)
    for name in FIGURES:
        differs |= getattr(one, name) != getattr(other, name)
    return differs
