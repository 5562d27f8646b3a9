"""Five million minute bars to hours, against the same query on one plain Parquet file in DuckDB."""

import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.resampling import Resampled, resample
from models.types import Bars
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import minute_bars

BARS = 1_000_000
SYMBOLS = ("A", "B", "C", "D", "E")
TARGET = 1.2
QUERY = """
SELECT symbol, ts // 3600000000 * 3600000000 AS hour, arg_min(open, ts) AS open, max(high) AS high, min(low) AS low,
    arg_max(close, ts) AS close, sum(volume) AS volume, count(*) AS count
FROM read_parquet('{path}') GROUP BY ALL ORDER BY ALL
"""


def bench_resample(place: Workplace) -> Figure:
    """Minute bars per second into hourly ones; ours begins at arrays, as the array cache of the lake gives them."""
    series = [minute_bars(BARS, seed) for seed in range(len(SYMBOLS))]
    with tempfile.TemporaryDirectory(dir=place.folder) as name, duckdb.connect() as connection:
        path = Path(name) / "bars.parquet"
        pq.write_table(pa.concat_tables(map(_table, SYMBOLS, series)), path, compression="zstd")
        query = QUERY.format(path=path)

        def ours() -> list[Resampled]:
            return [resample(bars, "1m", "1h") for bars in series]

        def reference() -> pa.Table:
            return connection.sql(query).to_arrow_table()

        _agree(ours(), reference())
        seconds, _, ratio = paired_seconds(ours, reference, rounds=5)
    speed = BARS * len(SYMBOLS) / seconds
    return Figure("resample", speed, "bars/s", "DuckDB, Parquet file", ratio, "ratio <= 1.2", ratio <= TARGET)


def _table(symbol: str, bars: Bars) -> pa.Table:
    columns = {name: pa.array(getattr(bars, name)) for name in Bars.__slots__}
    return pa.table({"symbol": pa.repeat(symbol, len(bars))} | columns)


def _agree(ours: list[Resampled], theirs: pa.Table) -> None:
    """Prices to the bit and volume to 1e-12, over the hours that are over; DuckDB shows the unfinished ones too."""
    for symbol, made in zip(SYMBOLS, ours, strict=True):
        rows = theirs.filter(pa.compute.equal(theirs["symbol"], symbol)).slice(0, len(made.bars))
        for name in ("open", "high", "low", "close"):
            np.testing.assert_array_equal(getattr(made.bars, name), rows[name].to_numpy(), err_msg=name)
        np.testing.assert_array_equal(made.bars.ts, rows["hour"].to_numpy())
        np.testing.assert_array_equal(made.count, rows["count"].to_numpy())
        np.testing.assert_allclose(made.bars.volume, rows["volume"].to_numpy(), rtol=1e-12)
