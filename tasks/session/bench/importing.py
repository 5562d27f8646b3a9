"""Import of minute bars with every check, against reading and writing the same Parquet with pyarrow alone."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from models.types import Series
from tasks.adapters.archives import read_archive
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import MINUTES, minute_archive
from tasks.session.intake import take_in_archive

TARGET = 4.0
SERIES = Series("bitfinex", "BTC/USD", "1m")


def bench_import(place: Workplace) -> Figure:
    """Bars per second from an archive to a committed dataset with its ledger and its catalogue."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        scratch = Path(name)
        source = place.archive or minute_archive(scratch / "bars.parquet", MINUTES)
        rows = pq.ParquetFile(source).metadata.num_rows
        seconds, _, ratio = paired_seconds(
            partial(_ours, place, source, scratch / "home"), partial(_plain, source, scratch / "x.parquet"), rounds=3
        )
    return Figure("import", rows / seconds, "bars/s", "pyarrow read and write", ratio, "ratio <= 4", ratio <= TARGET)


def _ours(place: Workplace, archive: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    take_in_archive(place.make_desk(home), SERIES, read_archive(archive, SERIES.symbol))


def _plain(archive: Path, target: Path) -> None:
    pq.write_table(pq.read_table(archive), target, compression="zstd")
