"""Five million times against ten thousand rows, each as of when it was known, against DuckDB's ASOF JOIN."""

import duckdb
import numpy as np
import pyarrow as pa

from models.kernels import as_of
from models.types import FloatArray, IntArray
from models.types.timeframes import DAY, HOUR, MINUTE
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

TIMES = 5_000_000
ROWS = 10_000
TARGET = 0.3
QUERY = "SELECT times.ts, rows.value FROM times ASOF JOIN rows ON times.ts >= rows.known_at"


def bench_asof(_place: Workplace) -> Figure:
    """Times per second that find what was known; both sides give the values, ours from arrays, DuckDB from tables."""
    times = np.arange(TIMES, dtype=np.int64) * MINUTE + DAY
    known_at, value = _rows(int(times[-1]))
    with duckdb.connect() as connection:
        _fill(connection, "times", {"ts": times})
        _fill(connection, "rows", {"known_at": known_at, "value": value})

        def ours() -> FloatArray:
            return value[as_of(times, known_at)]

        def reference() -> pa.Table:
            return connection.sql(QUERY).to_arrow_table()

        theirs = reference().sort_by("ts")
        np.testing.assert_array_equal(ours(), theirs["value"].to_numpy())
        seconds, _, ratio = paired_seconds(ours, reference, rounds=5)
    return Figure("asof", TIMES / seconds, "times/s", "DuckDB ASOF JOIN", ratio, "ratio <= 0.3", ratio <= TARGET)


def _rows(last: int) -> tuple[IntArray, FloatArray]:
    rng = np.random.default_rng(1)
    moments = np.sort(rng.choice(last // HOUR, ROWS - 1, replace=False)) * HOUR + rng.integers(0, HOUR, ROWS - 1)
    return np.concatenate([[0], moments]), rng.uniform(0.0, 1.0, ROWS)


def _fill(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, IntArray | FloatArray]) -> None:
    """A table of DuckDB's own, in memory."""
    given = pa.table(columns)
    connection.register("given", given)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608
    connection.unregister("given")
