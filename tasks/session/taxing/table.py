"""The rows as CSV that a spreadsheet opens and does not obey."""

import csv
import io
from collections.abc import Sequence

from tasks.session.taxing.rows import COLUMNS, NUMBERS, Row

# What a spreadsheet takes for a formula at the begin of a cell (OWASP, CSV injection).
COMMANDING = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Sequence[Row]) -> str:
    """With a header, lines ended as RFC 4180 has it; empty is not known, or does not apply."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_cell(name, row[name]) for name in COLUMNS])
    return text.getvalue()


def _cell(name: str, value: str | int | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = str(value)
    return f"'{said}" if name not in NUMBERS and said.startswith(COMMANDING) else said
