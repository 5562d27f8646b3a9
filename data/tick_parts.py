"""Parts of a dataset of ticks: many small ones a day while it is recorded, one a day afterwards, none when it is old.

A dataset of bars has one part a period and replaces it whole; ticks come too fast for that. Each roll is a part of its
own, named by its day and its first row; compaction joins the parts of a day that is over.
"""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.dataset import Dataset, micros_of, parquet_bytes
from data.files import sha256_of, write_atomically
from data.manifest import Manifest, Part, sweep, write_manifest
from data.objects import ObjectPath
from models.types.timeframes import DAY

# A table of this many rows with twenty levels a side is 34 MB: what compaction holds at once.
ROW_GROUP = 50_000

Reached = Callable[[str], None]


def add_rows(dataset: Dataset, table: pa.Table, reached: Reached) -> None:
    """Commit rows that come after everything committed, one part a day; the caller holds the dataset's lock."""
    parts = []
    for rows in _by_day(table):
        ts = micros_of(rows)
        ends = int(ts[0]), int(ts[-1])
        parts.append(_write(dataset, f"{day_name(ends[0])}.{ends[0]}", parquet_bytes(rows), rows.num_rows, ends))
    reached("part")
    _commit(dataset, (*dataset.manifest().parts, *parts), reached)


def compact_days(dataset: Dataset, now: int, reached: Reached, most: int = 1) -> int:
    """Join the parts of every UTC day before the one of `now` that has more than `most`; how many parts went."""
    gone = 0
    with dataset.lock():
        for day, group in itertools.groupby(dataset.manifest().parts, key=day_of):
            small = list(group)
            if day >= day_name(now) or len(small) <= most:
                continue
            rows, ends = sum(part.rows for part in small), (small[0].first, small[-1].last)
            joined = _write(dataset, day, _joined(dataset, small), rows, ends)
            reached("part")
            kept = [part for part in dataset.manifest().parts if part not in small]
            _commit(dataset, tuple(sorted((*kept, joined), key=lambda part: part.first)), reached)
            gone += len(small) - 1
    return gone


def drop_before(dataset: Dataset, moment: int) -> int:
    """Drop the parts whose rows all came before `moment` (UTC microseconds); returns how many rows went."""
    with dataset.lock():
        parts = dataset.manifest().parts
        kept = tuple(part for part in parts if part.last >= moment)
        if kept != parts:
            _commit(dataset, kept, lambda _: None)
    return sum(part.rows for part in parts) - sum(part.rows for part in kept)


def day_of(part: Part) -> str:
    """The UTC day of a part, as 2024-08-08."""
    return part.period.split(".")[0]


def day_name(moment: int) -> str:
    """The UTC day of UTC microseconds, as 2024-08-08."""
    return str(np.datetime64(moment, "us").astype("datetime64[D]"))


def _by_day(table: pa.Table) -> Iterator[pa.Table]:
    days = micros_of(table) // DAY
    starts = [0, *(int(row) + 1 for row in np.flatnonzero(np.diff(days))), days.size]
    for start, stop in itertools.pairwise(starts):
        yield table.slice(start, stop - start)


def _joined(dataset: Dataset, parts: list[Part]) -> bytes:
    """The Parquet file of all parts' rows, in row groups of about ROW_GROUP."""
    sink = pa.BufferOutputStream()
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(sink, dataset.schema, compression="zstd") as writer:
        for part in parts:
            waiting.append(dataset.read_part(part))
            if part is parts[-1] or sum(one.num_rows for one in waiting) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
    return bytes(sink.getvalue())


def _write(dataset: Dataset, period: str, content: bytes, rows: int, ends: tuple[int, int]) -> Part:
    digest = sha256_of(content)
    path = f"period={period}/{digest[:16]}.parquet"
    if isinstance(dataset.folder, ObjectPath) or not (dataset.folder / path).exists():
        write_atomically(dataset.folder / path, content)
    return Part(path, digest, rows, *ends)


def _commit(dataset: Dataset, parts: tuple[Part, ...], reached: Reached) -> None:
    write_manifest(dataset.folder, Manifest(parts))
    reached("manifest")
    sweep(dataset.folder, {part.path for part in parts})
    if not isinstance(dataset.folder, ObjectPath):
        for folder in dataset.folder.glob("period=*"):
            if not any(folder.iterdir()):
                folder.rmdir()
