"""SQL for people: read-only, over the lake's views and a copy of the journal."""

from typing import Any

from data.analysis import query
from data.files import writing
from data.journal import Journal
from tasks.session.desk import Desk


def run_query(desk: Desk, journal: Journal, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one SELECT.

    Raises:
        BadInput: it is not one SELECT, or DuckDB does not accept it.
        Unavailable: the lake's folder cannot be made.
    """
    with writing(desk.lake.root):
        desk.lake.root.mkdir(parents=True, exist_ok=True)
    return query(desk.lake, journal, sql)
