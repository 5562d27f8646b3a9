"""Reading an archive of headlines into items, each with the time at which it arrived."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.files import sha256_of
from models.news.canonical import canonical_text
from models.types import BadInput
from models.types.news import Item
from tasks.adapters.archives.columns import NO_TIME, time_column
from tasks.adapters.archives.reader import read_table

ARRIVALS = ("arrived", "ts", "timestamp", "date", "datetime", "time")
LONGEST_SOURCE = 64


@dataclass(frozen=True, slots=True)
class HeadlineArchive:
    """Items with their arrivals (UTC microseconds), ascending; rows of one time stay in the order of the file.

    `refused` rows have no time, no source, or neither title nor text; `sha256` is of the file.
    """

    items: tuple[Item, ...]
    arrived: tuple[int, ...]
    refused: int
    sha256: str


def read_headline_archive(path: Path) -> HeadlineArchive:
    """The headlines of a .parquet, .csv or .feather file.

    Columns, in any order and case: one of ARRIVALS, `title` and `source`; where they are there, `text`, `url`,
    `published` and `key`, the source's own name of the item (otherwise its address, or else its title). Names of
    sources are kept as plain text.

    Raises:
        BadInput: no such file, not a readable file of its kind, a column missing or there twice.
    """
    table = read_table(path)
    names = [name.strip().lower() for name in table.column_names]
    arrival = next((name for name in ARRIVALS if name in names), None)
    missing = [name for name in ("title", "source") if name not in names] + ([] if arrival else ["ts"])
    if missing or arrival is None:
        listed = ", ".join(table.column_names)
        raise BadInput(f"{path} has no column {', '.join(missing)}; it has {listed}. Rename or add what is missing")
    table = table.rename_columns(names)
    arrived = time_column(path, _column(path, table, arrival))
    published = time_column(path, _column(path, table, "published")) if "published" in names else None
    texts = {name: _texts(path, table, name) for name in ("source", "title", "text", "url", "key")}
    sources = [canonical_text(one, LONGEST_SOURCE) for one in texts["source"]]
    rows = [
        row
        for row in range(table.num_rows)
        if arrived[row] != NO_TIME and (texts["title"][row] + texts["text"][row]).strip() and sources[row]
    ]
    rows.sort(key=lambda row: int(arrived[row]))
    items = tuple(
        Item(
            source=sources[row],
            key=texts["key"][row] or texts["url"][row] or hashlib.sha256(texts["title"][row].encode()).hexdigest(),
            url=texts["url"][row],
            title=texts["title"][row],
            text=texts["text"][row],
            published=None if published is None or published[row] == NO_TIME else int(published[row]),
        )
        for row in rows
    )
    sha256 = sha256_of(path.read_bytes())
    return HeadlineArchive(items, tuple(int(arrived[row]) for row in rows), table.num_rows - len(rows), sha256)


def _texts(path: Path, table: pa.Table, name: str) -> list[str]:
    """The column's texts; empty where it has none, or is not there."""
    if name not in table.column_names:
        return [""] * table.num_rows
    column = _column(path, table, name)
    return ["" if one is None or one != one else str(one) for one in column.tolist()]


def _column(path: Path, table: pa.Table, name: str) -> pd.Series:
    try:
        column: pd.Series = table.column(name).to_pandas()
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise BadInput(f"{path} holds a column that cannot be read ({error}); get an undamaged copy") from error
    return column.rename(name)
