"""A dataset: rows of one time series in Parquet parts by period, changed atomically, read with checksums.

Parts are named by their content, so that a reader with the old manifest still finds the old files while a writer
commits the new one; what no manifest names any more is removed by the writer after that.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.files import LOCK_SECONDS, read_checked, reading, sha256_of, write_atomically
from data.manifest import CURE, Manifest, Part, committing, read_manifest, sweep, write_manifest
from data.objects import ObjectPath, Place
from models.types import Damaged, IntArray
from models.types.timeframes import HOUR, bar_micros

TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows with an ascending, unique `ts` column below `folder`; `timeframe` decides how large a period is."""

    folder: Place
    timeframe: str
    schema: pa.Schema

    def manifest(self) -> Manifest:
        """What is committed now."""
        return read_manifest(self.folder)

    def read(
        self, since: int | None = None, until: int | None = None, columns: tuple[str, ...] | None = None
    ) -> pa.Table:
        """Rows with `since` <= ts <= `until` (UTC microseconds), ascending; all columns, or those named and `ts`.

        Raises:
            Damaged: a part is missing or does not match its checksum.
        """
        manifest = self.manifest()
        parts = [
            part
            for part in manifest.parts
            if (since is None or part.last >= since) and (until is None or part.first <= until)
        ]
        try:
            tables = [self.read_part(part, columns) for part in parts]
        except Damaged:
            if self.manifest() == manifest:
                raise
            return self.read(since, until, columns)  # a writer has replaced what the manifest named
        empty = self.schema.empty_table()
        table = pa.concat_tables(tables) if tables else empty.select(columns or empty.column_names)
        return _between(table, since, until)

    def replace(self, periods: dict[str, pa.Table]) -> Manifest:
        """Commit new content for the given periods, leave the others; the caller holds `lock`."""
        before = self.manifest()
        kept = {part.period: part for part in before.parts}
        try:
            for period, table in periods.items():
                kept[period] = self._write(period, table)
            after = Manifest(tuple(kept[period] for period in sorted(kept)))
            if after != before:
                write_manifest(self.folder, after)
        except BaseException:
            if not isinstance(self.folder, ObjectPath):  # there the manifest may be on its way, and be put later
                self._sweep(before)
            raise
        self._sweep(before)
        return after

    def lock(self, seconds: float = LOCK_SECONDS) -> AbstractContextManager[None]:
        """One writer at a time; another one is waited for so long.

        Raises:
            Damaged: there are parts and no manifest.
        """
        return committing(self.folder, seconds)

    def damaged(self) -> Iterable[tuple[Place, str]]:
        """Every part that cannot be trusted, with the reason."""
        for part in self.manifest().parts:
            try:
                self.read_part(part)
            except Damaged as error:
                yield self.folder / part.path, str(error)

    def periods(self, ts: IntArray) -> dict[str, IntArray]:
        """Row numbers of ascending `ts` by the period they belong to: years, or months below an hour."""
        unit = "Y" if bar_micros(self.timeframe) >= HOUR else "M"
        if not ts.size:
            return {}
        ends = ts[[0, -1]].astype("datetime64[us]").astype(f"datetime64[{unit}]")
        names = np.arange(ends[0], ends[1] + 1)
        starts = np.searchsorted(ts, names.astype("datetime64[us]").astype(np.int64))
        rows = np.split(np.arange(ts.size), starts[1:])
        return {str(name): part for name, part in zip(names, rows, strict=True) if part.size}

    def read_part(self, part: Part, columns: tuple[str, ...] | None = None) -> pa.Table:
        """Rows of one part.

        Raises:
            Damaged: it is missing, does not match its checksum, or has other columns.
        """
        path = self.folder / part.path
        content = read_checked(path, part.sha256, CURE)
        file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
        if file.schema_arrow.names != self.schema.names:
            raise Damaged(f"{path} has other columns than this version of Keel writes; {CURE}")
        return file.read(columns=None if columns is None else list(columns), use_threads=False)

    def _write(self, period: str, table: pa.Table) -> Part:
        content = parquet_bytes(table)
        digest = sha256_of(content)
        path = f"period={period}/{digest[:16]}.parquet"
        if not _holds(self.folder / path, digest):
            write_atomically(self.folder / path, content)
        return _part(path, digest, table)

    def _sweep(self, before: Manifest) -> None:
        sweep(self.folder, {part.path for part in (*before.parts, *self.manifest().parts)})


def part_of(path: str, content: bytes) -> Part:
    """What a manifest says about the Parquet file with this content at `path` (below the dataset's folder)."""
    table = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(columns=["ts"], use_threads=False)
    return _part(path, sha256_of(content), table)


def _part(path: str, digest: str, table: pa.Table) -> Part:
    ts = micros_of(table)
    return Part(path, digest, table.num_rows, int(ts[0]), int(ts[-1]))


def _holds(path: Place, digest: str) -> bool:
    if isinstance(path, ObjectPath):
        return False  # put again it is a young one, which nobody sweeps
    with reading(path):
        try:
            return sha256_of(path.read_bytes()) == digest
        except FileNotFoundError:
            return False


def micros_of(table: pa.Table, name: str = "ts") -> IntArray:
    """A column of times as int64 UTC microseconds."""
    micros: IntArray = table[name].cast(pa.int64()).to_numpy()
    return micros


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in times],
        column_encoding=dict.fromkeys(times, "DELTA_BINARY_PACKED"),
    )
    return bytes(sink.getvalue())


def _between(table: pa.Table, since: int | None, until: int | None) -> pa.Table:
    ts = micros_of(table)
    start = 0 if since is None else int(np.searchsorted(ts, since, side="left"))
    stop = ts.size if until is None else int(np.searchsorted(ts, until, side="right"))
    return table.slice(start, max(0, stop - start))
