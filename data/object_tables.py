"""Parquet files in a bucket as DuckDB reads them: by our filesystem, as DuckDB's own one is a download away."""

import threading
from typing import Any

import duckdb
from fsspec.implementations.arrow import ArrowFile, ArrowFSWrapper  # type: ignore[import-untyped]

from data.bucket import Bucket
from data.objects import ObjectPath, Place

SCHEME = "lake"


class _File(ArrowFile):  # type: ignore[misc]
    """A file in which every thread has a position of its own: several of DuckDB's seek and read in one at once."""

    def __init__(self, *of_its_kind: Any) -> None:
        super().__init__(*of_its_kind)
        self._position = threading.local()

    def seek(self, offset: int, _whence: int = 0) -> int:
        self._position.offset = offset
        return offset

    def read(self, size: int) -> bytes:
        content: bytes = self.stream.read_at(size, getattr(self._position, "offset", 0))
        self._position.offset = getattr(self._position, "offset", 0) + len(content)
        return content


class Files(ArrowFSWrapper):  # type: ignore[misc]
    """pyarrow's filesystem by the name that DuckDB knows it by."""

    protocol = SCHEME
    cachable = False  # of one process and one bucket

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix(f"{SCHEME}://")

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> _File:
        return _File(self, self.fs.open_input_file(path), path, mode)


def register(connection: duckdb.DuckDBPyConnection, bucket: Bucket) -> None:
    """Let the connection read the bucket's objects, by their `address`."""
    if not connection.filesystem_is_registered(SCHEME):
        connection.register_filesystem(Files(bucket.files()))


def address(path: Place) -> str:
    """What DuckDB calls the file."""
    return f"{SCHEME}://{path.bucket.name}/{path.key}" if isinstance(path, ObjectPath) else str(path)
