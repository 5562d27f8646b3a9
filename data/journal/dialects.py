"""What SQLite and PostgreSQL say in different words: rows that may be there already, JSON, figures of eight bytes."""

from typing import Any

from sqlalchemy import REAL, Column, Connection, Integer, Select, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

# SQLite's REAL has eight bytes, PostgreSQL's four: a figure would come back with other bits.
FIGURE: TypeEngine[float] = REAL().with_variant(DOUBLE_PRECISION(), "postgresql")
POSTGRESQL = "postgresql"
# What says when a row without a number came.
TIMES = ("bar", "number", "raised_at", "placed_at", "first_seen", "position", "at")

Upsert = sqlite.Insert | postgresql.Insert


def insert_new(connection: Connection, table: Table) -> Upsert:
    """An INSERT that can be told what to do where the row is there already, for the connection's database; it says how
    many rows were new.
    """
    made = postgresql.insert(table) if connection.dialect.name == POSTGRESQL else sqlite.insert(table)
    return made.execution_options(preserve_rowcount=True)


def write_over(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """The row with this key has these values from here on, whether or not it was there."""
    written = insert_new(connection, table).values(**key, **values)
    same = [column.name for column in table.primary_key]
    connection.execute(written.on_conflict_do_update(index_elements=same, set_=values))


def rows_of(connection: Connection, table: Table) -> Select[Any]:
    """All of a table in the order they came. PostgreSQL keeps none: there it is that of times, then of keys."""
    if connection.dialect.name != POSTGRESQL:
        return select(table)
    numbered = [one for one in table.primary_key if isinstance(one.type, Integer)]
    times = [table.c[name] for name in TIMES if name in table.c]
    return select(table).order_by(*(numbered if len(numbered) == len(table.primary_key) else times), *table.primary_key)


class JsonText(GenericFunction[str]):
    """What a JSON object has under a key, as text: `JsonText(column, key)`."""

    type = Text()
    inherit_cache = True
    name = "keel_json_text"


class JsonItems(GenericFunction[str]):
    """The items of the list that a JSON object has under a key, one row each: `JsonItems(column, key)`."""

    inherit_cache = True
    name = "keel_json_items"


def json_text(column: Column[Any] | ColumnElement[Any], key: str) -> JsonText:
    """The object or text under `key` of the JSON object in the column; figures as they are written."""
    return JsonText(column, key)


def json_items(column: Column[Any], key: str) -> JsonItems:
    """The items of the list under `key` of the JSON object in the column, for `table_valued("value")`."""
    return JsonItems(column, key)


@compiles(JsonText, "sqlite")
def _text_in_sqlite(element: JsonText, compiler: SQLCompiler, **given: Any) -> str:
    column, key = (compiler.process(one, **given) for one in element.clauses)
    return f"json_extract({column}, '$.' || {key})"


@compiles(JsonText, "postgresql")
def _text_in_postgresql(element: JsonText, compiler: SQLCompiler, **given: Any) -> str:
    column, key = (compiler.process(one, **given) for one in element.clauses)
    return f"(({column})::json ->> {key})"


@compiles(JsonItems, "sqlite")
def _items_in_sqlite(element: JsonItems, compiler: SQLCompiler, **given: Any) -> str:
    column, key = (compiler.process(one, **given) for one in element.clauses)
    return f"json_each({column}, '$.' || {key})"


@compiles(JsonItems, "postgresql")
def _items_in_postgresql(element: JsonItems, compiler: SQLCompiler, **given: Any) -> str:
    column, key = (compiler.process(one, **given) for one in element.clauses)
    return f"json_array_elements(({column})::json -> {key})"
