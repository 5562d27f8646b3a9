"""Read-only SQL over the lake's views and a copy of the journal."""

from typing import Any

import duckdb
import pyarrow as pa

from data.catalogue import create_views
from data.journal import Journal
from data.journal.tables import metadata
from data.lake import Lake
from models.types import BadInput


def query(lake: Lake, journal: Journal, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one SELECT; nothing outside the lake's folder can be read, nothing can be written.

    Raises:
        BadInput: not exactly one SELECT, or DuckDB does not accept it.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        create_views(connection, lake)
        for name, table in _journal_tables(journal).items():
            connection.register(f"{name}_arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")  # noqa: S608
            connection.unregister(f"{name}_arrow")
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise BadInput("keel sql takes exactly one SELECT; it never writes")
            connection.execute(f"SET allowed_directories=['{str(lake.root).replace(chr(39), chr(39) * 2)}']")
            connection.execute("SET enable_external_access=false")
            connection.execute("SET lock_configuration=true")
            result = connection.execute(statements[0])
            return [column[0] for column in result.description or ()], result.fetchall()
        except duckdb.Error as error:
            raise BadInput(f"DuckDB does not accept the query: {error}") from error


def _journal_tables(journal: Journal) -> dict[str, pa.Table]:
    schemas = {
        table.name: pa.schema(
            [(column.name, pa.int64() if column.type.python_type is int else pa.string()) for column in table.columns]
        )
        for table in metadata.sorted_tables
    }
    return {name: pa.Table.from_pylist(rows, schema=schemas[name]) for name, rows in journal.tables().items()}
