"""The one writer of a market's ticks."""

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from filelock import FileLock, Timeout

from data.dataset import TIME
from data.files import writing
from data.hot import append_frame
from data.tick_parts import Reached
from data.ticks import Market, TickStore
from models.types import IntArray, Unavailable


@dataclass(slots=True)
class TickWriter:
    """Appends rows to a hot file and rolls closed ones into Parquet; a context: entered, it rolls what a crash left.

    `append` and `cut` belong to one thread; `roll` may run in another one.

    Raises:
        Unavailable: another process is recording this market.
    """

    store: TickStore
    market: Market
    reached: Reached
    _last: int = 0
    _file: Path | None = None
    _closed_through: int | None = None
    _lock: FileLock = field(init=False)

    def __post_init__(self) -> None:
        self._lock = FileLock(self.store.hot_folder(self.market) / ".lock", timeout=0)

    def __enter__(self) -> Self:
        folder = self.store.hot_folder(self.market)
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout as error:
                raise Unavailable(
                    f"another process is recording the {self.store.kind} of {self.market}; stop it first"
                ) from error
        try:
            self.store.roll(self.market, None, self.reached)
        except BaseException:
            self._lock.release()
            raise
        pa.array(np.empty(0))  # pyarrow's first array takes a second: better now than with the first row
        parts = self.store.dataset(self.market).manifest().parts
        self._last = parts[-1].last if parts else 0
        self.cut()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.cut()
            self.roll()
        finally:
            self._lock.release()

    def is_free(self) -> bool:
        """Whether nobody records this market right now."""
        try:
            with self._lock:
                return True
        except Timeout:
            return False

    def append(self, exch_ts: IntArray, known_at: IntArray, columns: list[pa.Array]) -> None:
        """Rows in the order of their arrival, times in UTC microseconds; on return kill -9 cannot take them back.

        Raises:
            Unavailable: no room, or not permitted; the rows are not stored.
        """
        if not exch_ts.size:
            return
        ts = arrival_key(known_at, self._last)
        times = [pa.array(one, pa.int64()).cast(TIME) for one in (ts, exch_ts, known_at)]
        batch = pa.RecordBatch.from_arrays([*times, *columns], schema=self.store.schema)
        if self._file is None:
            self._file = self.store.hot_folder(self.market) / f"{int(ts[0]):020d}.frames"
        append_frame(self._file, batch)
        self._last = int(ts[-1])

    def cut(self) -> None:
        """Close the hot file: the next row begins a new one, and `roll` may take this one."""
        self._file, self._closed_through = None, self._last

    def roll(self) -> None:
        """Move everything up to the last cut into Parquet."""
        self.store.roll(self.market, self._closed_through, self.reached)


def arrival_key(known_at: IntArray, last: int) -> IntArray:
    """Strictly ascending times after `last`, as near to `known_at` as can be and never before it."""
    rows = np.arange(known_at.size, dtype=np.int64)
    key: IntArray = np.maximum.accumulate(np.maximum(known_at, last + 1) - rows) + rows
    return key
