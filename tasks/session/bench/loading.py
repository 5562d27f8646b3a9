"""Reading the lake: the last bars of a symbol, and a whole series as arrays."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from data.arrays import ArrayCache
from data.bar_rows import Batch
from data.bars import BarStore, Grading
from data.lake import Lake
from data.objects import beside
from models.types import Bars, IntArray, Series
from models.types.timeframes import MINUTE
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import minute_bars

SYMBOLS = 5
BARS = 1_000_000
LAST = 500
ROUNDS = 20


def bench_tail(place: Workplace) -> Figure:
    """The last bars of one of five symbols, by Parquet, its manifest and its checksums."""
    with _lake(place.folder) as (store, series):
        seconds, _, ratio = paired_seconds(
            lambda: store.tail(series, LAST), _last_by_duckdb(store, series), rounds=ROUNDS
        )
    milliseconds = seconds * 1e3
    return Figure("tail", milliseconds, "ms", "DuckDB on the newest part", ratio, "<= 5 ms", milliseconds <= 5.0)


def bench_tail_cached(place: Workplace) -> Figure:
    """The last bars of one of five symbols, by the array cache."""
    with _lake(place.folder) as (store, series):
        store.read(series)
        seconds, _, ratio = paired_seconds(
            lambda: store.tail(series, LAST), _last_by_duckdb(store, series), rounds=ROUNDS
        )
    milliseconds = seconds * 1e3
    return Figure(
        "tail_cached", milliseconds, "ms", "DuckDB on the newest part", ratio, "<= 0.5 ms", milliseconds <= 0.5
    )


def bench_arrays(place: Workplace) -> Figure:
    """A million bars from the lake to arrays, by the array cache."""
    with _lake(place.folder) as (store, series):
        files = [beside(store.dataset(series).folder) / part.path for part in store.dataset(series).manifest().parts]
        seconds, _, ratio = paired_seconds(
            lambda: store.read(series).close[-1], lambda: _by_pyarrow(files), rounds=ROUNDS
        )
    milliseconds = seconds * 1e3
    return Figure("arrays", milliseconds, "ms", "pyarrow to numpy", ratio, "<= 3 ms", milliseconds <= 3.0)


@contextmanager
def _lake(folder: Path) -> Iterator[tuple[BarStore, Series]]:
    """Five million bars of five symbols, and the series of one of them."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        lake = Lake(Path(name))
        store = BarStore(lake, ArrayCache(lake), Grading(_all_sound, 0))
        listed = [Series("binance", f"S{k}/USDT", "1m") for k in range(SYMBOLS)]
        for k, series in enumerate(listed):
            bars = minute_bars(BARS, seed=k)
            store.merge(series, Batch(bars, bars.ts + MINUTE, "bench"))
        yield store, listed[2]


def _all_sound(bars: Bars) -> IntArray:
    return np.zeros(len(bars), np.int64)


def _last_by_duckdb(store: BarStore, series: Series) -> Callable[[], object]:
    part = store.dataset(series).manifest().parts[-1]
    connection = duckdb.connect()
    query = f"SELECT * FROM '{store.dataset(series).folder / part.path}' ORDER BY ts DESC LIMIT {LAST}"  # noqa: S608
    return lambda: connection.execute(query).fetchnumpy()


def _by_pyarrow(files: list[Path]) -> object:
    names = ["ts", "open", "high", "low", "close", "volume"]
    table = pq.read_table([str(path) for path in files], columns=names, partitioning=None)
    return [table[name].to_numpy() for name in names]
