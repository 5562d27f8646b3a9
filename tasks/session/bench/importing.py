"""Import of minute bars with every check, against reading and writing the same Parquet with pyarrow alone."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.bars import SCHEMA, BarStore
from data.dataset import TIME
from data.lake import Lake
from models.quality import Flaw, flaws_of
from models.types import Series
from models.types.timeframes import MINUTE
from tasks.adapters.archives import read_archive
from tasks.session.bench.figure import Figure, paired_seconds

BARS = 500_000
SERIES = Series("bench", "X", "1m")
TARGET = 4.0


def bench_import(folder: Path) -> Figure:
    """Bars per second from an archive to a committed dataset."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        scratch = Path(name)
        archive = scratch / "bars.parquet"
        pq.write_table(_table(), archive, compression="zstd")
        seconds, _, ratio = paired_seconds(
            lambda: _ours(archive, scratch / "lake"), lambda: _plain(archive, scratch / "plain.parquet"), rounds=3
        )
    return Figure("import", BARS / seconds, "bars/s", "pyarrow read and write", ratio, "ratio <= 4", ratio <= TARGET)


def _ours(archive: Path, lake: Path) -> None:
    shutil.rmtree(lake, ignore_errors=True)
    rows = read_archive(archive, SERIES.symbol)
    flaws = flaws_of(rows, MINUTE, 2**62)
    BarStore(Lake(lake)).merge(SERIES, rows.rows(flaws == Flaw.NONE))


def _plain(archive: Path, target: Path) -> None:
    pq.write_table(pq.read_table(archive), target, compression="zstd")


def _table() -> pa.Table:
    rng = np.random.default_rng(1)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, BARS))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    columns = [opens, np.maximum(opens, close), np.minimum(opens, close), close, rng.uniform(0.0, 9.0, BARS)]
    ts = pa.array(np.arange(BARS, dtype=np.int64) * MINUTE, pa.int64()).cast(TIME)
    return pa.table([ts, *(pa.array(column) for column in columns)], schema=SCHEMA)
