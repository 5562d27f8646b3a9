"""Small lakes for tests: stores with a cache and a grading, batches with times and a source, what is in a folder."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import data.bars
from data.arrays import ArrayCache
from data.bar_rows import Batch
from data.bars import BarStore, Grading, Merge
from data.lake import Lake
from models.types import Bars, IntArray, Series, bar_micros

SPIKE = 13
REACH = 3
FACTOR = 1.3


def neighbour_codes(bars: Bars) -> IntArray:
    """SPIKE for a close that is far from the median close of REACH rows on each side, itself included."""
    close = bars.close.tolist()
    codes = np.zeros(len(close), np.int64)
    for row, here in enumerate(close):
        near = sorted(close[max(0, row - REACH) : row + REACH + 1])
        middle = near[len(near) // 2]
        codes[row] = SPIKE if here > FACTOR * middle or here * FACTOR < middle else 0
    return codes


def fickle_codes(bars: Bars) -> IntArray:
    """SPIKE for one row in four, by a checksum of the row and REACH neighbours on each side: whichever of them comes or
    goes, the verdict is likely another one.
    """
    rows = np.column_stack([bars.ts, bars.close.view(np.int64)])
    seals = [zlib.crc32(rows[max(0, row - REACH) : row + REACH + 1].tobytes()) for row in range(len(bars))]
    return np.where(np.array(seals, np.int64) % 4 == 0, SPIKE, 0)


def all_sound(bars: Bars) -> IntArray:
    """No row is held against its neighbours."""
    return np.zeros(len(bars), np.int64)


NEIGHBOURS = Grading(neighbour_codes, REACH)
FICKLE = Grading(fickle_codes, REACH)
PLAIN = Grading(all_sound, 0)


def make_store(root: Path, grading: Grading = PLAIN) -> BarStore:
    """A store as a process has it that has just begun: nothing is open yet."""
    lake = Lake(root)
    return BarStore(lake, ArrayCache(lake), grading)


def merge(store: BarStore, series: Series, bars: Bars, source: str = "archive") -> Merge:
    """Merge bars that were known when they closed."""
    return store.merge(series, Batch(bars, bars.ts + bar_micros(series.timeframe), source))


@contextmanager
def always_cached() -> Iterator[None]:
    """Series of any length go through the array cache."""
    before, data.bars.CACHED_FROM = data.bars.CACHED_FROM, 0
    try:
        yield
    finally:
        data.bars.CACHED_FROM = before


def memory_folder() -> Path | None:
    """A folder in memory, where files cost little; None (the usual temporary folder) where there is none."""
    folder = Path("/dev/shm")  # noqa: S108 - files in it are made by tempfile
    return folder if os.access(folder, os.W_OK) else None


def lake_bytes(root: Path) -> dict[str, bytes]:
    """Every file below `root` but locks, by its path there."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def equal_bars(left: Bars, right: Bars) -> bool:
    """Equal to the bit."""
    return all(getattr(left, name).tobytes() == getattr(right, name).tobytes() for name in Bars.__slots__)


def pick(bars: Bars, *rows: int) -> Bars:
    """The rows with these numbers."""
    return bars.rows(np.array(rows, np.int64))


def uneven_bars(count: int, step: int, start: int, seed: int = 5) -> Bars:
    """`count` rows with gaps, spikes, and closes that wander so far that a verdict depends on the neighbours."""
    rng = np.random.default_rng(seed)
    ts = start + np.cumsum(rng.choice([1, 1, 1, 1, 3, 25], count)) * step
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.15, count)))
    wild = rng.random(count) < 1 / 8
    close[wild] *= rng.choice([0.5, 1.4, 1.6, 2.0], int(wild.sum()))
    return Bars(ts, close * 0.99, close * 1.02, close * 0.98, close, rng.uniform(1.0, 9.0, count))
