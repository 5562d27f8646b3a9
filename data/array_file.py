"""One file of memory-mapped columns, and the index that says what is in it.

The columns stand one after the other, each with room for `capacity` rows; the index names the Parquet parts that the
rows came from, with a checksum for the rows of each.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from data.columns import Columns
from data.files import reading, sha256_of, write_atomically, writing
from models.types import Bars, FloatArray, IntArray, Unavailable

INDEX = "index.json"
SUFFIX = ".columns"
WIDTH = 8
Identity = tuple[int, int, int]
COUNT = len(Columns.NAMES) - 1  # all but the flaw: the rows are sound


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that came from one Parquet part, and their checksum."""

    part: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """What a file holds: spans one after the other, in columns of `capacity` rows each."""

    file: str
    capacity: int
    spans: tuple[Span, ...]

    @property
    def rows(self) -> int:
        """Rows in all spans."""
        return sum(span.rows for span in self.spans)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file in this process' memory: its index, and what tells it from another file of the same name."""

    index: Index
    identity: Identity
    mapped: mmap.mmap

    def columns(self) -> Columns:
        """The rows of the index, without a copy."""
        rows, begins = self.index.rows, [k * self.index.capacity * WIDTH for k in range(COUNT)]
        times = [np.frombuffer(self.mapped, np.int64, rows, begins[k]) for k in (0, COUNT - 1)]
        figures = [np.frombuffer(self.mapped, np.float64, rows, begin) for begin in begins[1:-1]]
        return Columns(Bars(times[0], *figures), times[1])

    def is_current(self, folder: Path) -> bool:
        """Whether the file still stands in `folder`, untouched since."""
        try:
            return _identity((folder / self.index.file).stat()) == self.identity
        except FileNotFoundError:
            return False


def read_index(folder: Path) -> Index | None:
    """The index in `folder`, None where there is none that can be understood: it is derived, and made anew."""
    try:
        content = json.loads((folder / INDEX).read_bytes())
        index = Index(content["file"], content["capacity"], tuple(Span(**span) for span in content["spans"]))
        sealed = content["sha256"] == sha256_of(_body(index))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return index if sealed and Path(index.file).name == index.file else None


def write_index(folder: Path, index: Index) -> None:
    """Replace the index, which is what makes rows visible."""
    write_atomically(folder / INDEX, json.dumps(asdict(index) | {"sha256": sha256_of(_body(index))}).encode())


def open_file(folder: Path, index: Index) -> Opened:
    """The index's file in memory; whoever scribbles on it spoils its own process only.

    Raises:
        Unavailable: there is no such file any more, or it is not as long as it has to be.
    """
    path = folder / index.file
    with reading(path), path.open("rb") as stream:
        found = os.fstat(stream.fileno())
        if found.st_size != index.capacity * COUNT * WIDTH:
            raise Unavailable(f"{path} has {found.st_size} bytes, and that is not what its index says")
        return Opened(index, _identity(found), mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))


def open_sound(folder: Path, index: Index) -> Opened | None:
    """The index's file in memory, None when its rows are not what was written."""
    try:
        opened = open_file(folder, index)
    except Unavailable:
        return None
    rows = opened.columns()
    start = 0
    for span in index.spans:
        if digest(rows.rows(slice(start, start + span.rows))) != span.sha256:
            return None
        start += span.rows
    return opened


def digest(columns: Columns) -> str:
    """SHA-256 of the rows."""
    found = hashlib.sha256()
    for one in columns.arrays():
        found.update(_bytes(one))
    return found.hexdigest()


@contextmanager
def new_file(path: Path, capacity: int) -> Iterator[Path]:
    """A file with room for `capacity` rows, for `write_rows`; it takes its place at the end of the block."""
    fresh = path.with_suffix(f"{SUFFIX}-{os.getpid()}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with fresh.open("wb") as stream:
                stream.truncate(capacity * COUNT * WIDTH)
            yield fresh
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def write_rows(path: Path, capacity: int, start: int, columns: Columns) -> None:
    """Put the rows behind the first `start` ones of the file."""
    with writing(path), path.open("r+b") as stream:
        for k, column in enumerate(columns.arrays()):
            stream.seek((k * capacity + start) * WIDTH)
            stream.write(_bytes(column))


def _identity(found: os.stat_result) -> Identity:
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _bytes(column: IntArray | FloatArray) -> memoryview:
    return np.ascontiguousarray(column).data


def _body(index: Index) -> bytes:
    return json.dumps(asdict(index)).encode()
