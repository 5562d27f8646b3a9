"""The true regimes of a series, from a file: for series whose truth is known because they were made."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from models.types import BadInput, IntArray, iso
from tasks.adapters.archives.columns import NO_TIME, time_column
from tasks.adapters.archives.reader import READERS, TIME_NAMES
from tasks.session.regimes.measuring import NAMES, Truth

TRUTH_NAMES = ("truth", "regime")
CODES = {name: code for code, name in enumerate(NAMES)} | {str(code): code for code in range(len(NAMES))}
ALLOWED = ", ".join(f"{name} ({code})" for code, name in enumerate(NAMES))


def read_truth(path: Path, ts: IntArray) -> Truth:
    """The regimes that the file at `path` gives for the bars that opened at `ts` (n,), matched by time.

    A Parquet, CSV or feather file with the bars' opens in a column `ts` (or another of TIME_NAMES) and names or codes
    of regimes in a column `truth` (or `regime`). Rows of other times are left out.

    Raises:
        BadInput: no readable file, a column is missing, a regime or time is not known, a time stands twice, or no row
            is of any of the bars.
    """
    table = _read(path)
    if table.empty:
        raise BadInput(f"{path} has no rows")
    times = time_column(path, table[_named(path, table, TIME_NAMES)])
    codes = _codes(path, table[_named(path, table, TRUTH_NAMES)])
    if (times == NO_TIME).any():
        raise BadInput(f"{path}: row {int(np.argmax(times == NO_TIME)) + 1} has no time; give every row the bar's open")
    known, first, counts = np.unique(times, return_index=True, return_counts=True)
    if (counts > 1).any():
        raise BadInput(f"{path} has {iso(int(known[np.argmax(counts > 1)]))} more than once; give one row a bar")
    _, rows, chosen = np.intersect1d(ts, known, assume_unique=True, return_indices=True)
    if not rows.size:
        raise BadInput(
            f"{path} has no row of any bar: its times are {iso(int(known[0]))} to {iso(int(known[-1]))}, the bars' "
            f"opens {iso(int(ts[0]))} to {iso(int(ts[-1]))}; give the opens of the bars, in UTC"
        )
    return Truth(rows, codes[first[chosen]], times.size)


def _read(path: Path) -> pd.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path} is no table that can be read; allowed are {', '.join(READERS)} files")
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        table: pd.DataFrame = reader(str(path)).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path} is not a readable {path.suffix} file ({reason}); get an undamaged copy") from error
    return table.rename(columns=lambda name: str(name).strip().lower())


def _named(path: Path, table: pd.DataFrame, names: tuple[str, ...]) -> str:
    """The first of `names` that is a column, and one only."""
    found = next((name for name in names if name in table.columns), None)
    if found is None:
        raise BadInput(
            f"{path} has no column {names[0]} (nor {', '.join(names[1:])}); it has {', '.join(table.columns)}. Rename "
            "or add it"
        )
    if list(table.columns).count(found) > 1:
        raise BadInput(f"{path} has the column {found} more than once; keep one of them")
    return found


def _codes(path: Path, column: pd.Series) -> IntArray:
    """Regime codes, shape (n,)."""
    told = column.astype(str).str.strip().str.lower().str.removesuffix(".0")
    codes = told.map(CODES)
    if codes.isna().any():
        row = int(np.argmax(codes.isna()))
        raise BadInput(f"{path}: row {row + 1} has the regime {column.iloc[row]}; allowed are {ALLOWED}")
    return np.asarray(codes, np.int64)
