"""Reading an archive into raw rows, without judging the rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

from models.types import BadInput, Bars
from tasks.adapters.archives.columns import figure_column, time_column

READERS = {
    ".parquet": pyarrow.parquet.read_table,
    ".csv": pyarrow.csv.read_csv,
    ".feather": pyarrow.feather.read_table,
}
TIME_NAMES = ("ts", "timestamp", "date", "datetime", "time")
FIGURE_NAMES = ("open", "high", "low", "close", "volume")
SYMBOL_NAMES = ("ticker", "symbol")


def read_archive(path: Path, symbol: str, is_index: bool = False) -> Bars:
    """Raw rows of `symbol` in the order of the file; figures that are no numbers become NaN, times -1.

    Columns: one of TIME_NAMES (a time stamp, or whole seconds, milli-, micro- or nanoseconds since 1970; without a zone
    it is UTC), open, high, low, close, volume in any order and case; where a column of SYMBOL_NAMES stands beside them,
    only its rows of `symbol` are taken. An index may come without a volume column: it is zero then.

    Raises:
        BadInput: no such file, not a readable file of its kind, a column missing or there twice, no row of the symbol.
    """
    table = read_table(path)
    names = {name.strip().lower() for name in table.column_names}
    time_name = next((name for name in TIME_NAMES if name in names), None)
    missing = [name for name in FIGURE_NAMES if name not in names and not (is_index and name == "volume")]
    if time_name is None:
        missing.insert(0, "ts")
    if missing:
        listed = ", ".join(table.column_names)
        raise BadInput(f"{path} has no column {', '.join(missing)}; it has {listed}. Rename or add what is missing")
    rows = _rows_of(path, table.rename_columns([name.strip().lower() for name in table.column_names]), symbol)
    del table  # column by column from here on: a large archive is not held twice
    times = time_column(path, _column(path, rows, str(time_name)))
    figures = [
        figure_column(_column(path, rows, name)) if name in names else np.zeros(rows.num_rows) for name in FIGURE_NAMES
    ]
    bars = Bars(times, *figures)
    del rows
    pa.default_memory_pool().release_unused()
    return bars


def read_table(path: Path) -> pa.Table:
    """All rows of an archive's file; no two of its columns have one name, whatever its case.

    Raises:
        BadInput: no such file, not a readable file of its kind, or a column that is there twice.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path} is not an archive that can be read; allowed are {', '.join(READERS)} files")
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        table = reader(str(path))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path} is not a readable {path.suffix} file ({reason}); get an undamaged copy") from error
    names = [name.strip().lower() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{path} has the column {', '.join(twice)} more than once; keep one of them")
    return table


def _rows_of(path: Path, table: pa.Table, symbol: str) -> pa.Table:
    if not table.num_rows:
        raise BadInput(f"{path} has no rows")
    name = next((one for one in SYMBOL_NAMES if one in table.column_names), None)
    if name is None:
        return table
    have = _column(path, table, name).astype(str)
    chosen = (have == symbol).to_numpy()
    if not chosen.any():
        listed = ", ".join(sorted(have.unique())[:20])
        raise BadInput(f"{path} has no rows of {symbol}; its {name} column has {listed}")
    return table.filter(pa.array(chosen))


def _column(path: Path, table: pa.Table, name: str) -> pd.Series:
    try:
        column: pd.Series = table.column(name).to_pandas()
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise BadInput(f"{path} holds a column that cannot be read ({error}); get an undamaged copy") from error
    return column.rename(name)
