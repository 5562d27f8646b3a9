"""Read-only SQL over the lake's views and a copy of the journal."""

import re
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from data.catalogue import create_views
from data.journal import Journal
from data.journal.tables import metadata
from data.lake import Lake
from data.object_tables import address
from data.objects import Place
from models.types import BadInput


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows of a query, and why each damaged file was left out of the views that it names."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    left_out: list[str]


def query(lake: Lake, journal: Journal, sql: str) -> Answer:
    """One SELECT; nothing outside the lake's folder can be read, nothing can be written.

    Every part is held against its checksum first: DuckDB reads most damaged Parquet without an error.

    Raises:
        BadInput: not exactly one SELECT, or DuckDB does not accept it.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        damaged = create_views(connection, lake, checked=True)
        for name, table in _journal_tables(journal).items():
            connection.register(f"{name}_arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")  # noqa: S608
            connection.unregister(f"{name}_arrow")
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise BadInput("keel sql takes exactly one SELECT; it never writes")
            connection.execute(f"SET allowed_directories=['{address(lake.root).replace(chr(39), chr(39) * 2)}']")
            connection.execute("SET enable_external_access=false")
            connection.execute("SET lock_configuration=true")
            result = connection.execute(statements[0])
            columns = [column[0] for column in result.description or ()]
            return Answer(columns, result.fetchall(), _named(sql, damaged))
        except duckdb.Error as error:
            raise BadInput(f"DuckDB does not accept the query: {error}") from error


def _named(sql: str, damaged: dict[str, list[tuple[Place, str]]]) -> list[str]:
    """What concerns the views that the query names; the rows of `quarantine` are those of `bars` as well."""
    words = set(re.findall(r"\w+", sql.lower()))
    if "quarantine" in words:
        words.add("bars")
    return [reason for kind, found in damaged.items() if kind in words for _, reason in found]


def _journal_tables(journal: Journal) -> dict[str, pa.Table]:
    kinds = {int: pa.int64(), float: pa.float64(), str: pa.string(), bool: pa.bool_()}
    schemas = {
        table.name: pa.schema([(column.name, kinds[column.type.python_type]) for column in table.columns])
        for table in metadata.sorted_tables
    }
    return {name: pa.Table.from_pylist(rows, schema=schemas[name]) for name, rows in journal.tables().items()}
