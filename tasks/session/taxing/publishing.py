"""The export as a file."""

from collections.abc import Sequence
from pathlib import Path

from data.files import write_atomically
from tasks.session.taxing.rows import Row
from tasks.session.taxing.table import as_csv


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Replace the file by the rows.

    Raises:
        Unavailable: it cannot be written.
    """
    write_atomically(path.expanduser().absolute(), as_csv(rows).encode("utf-8"))
