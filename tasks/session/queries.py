"""SQL for people: read-only, over the lake's views and a copy of the journal."""

from data.analysis import Answer, query
from data.files import writing
from data.journal import Journal
from tasks.session.desk import Desk


def run_query(desk: Desk, journal: Journal, sql: str) -> Answer:
    """The answer to one SELECT.

    Raises:
        BadInput: it is not one SELECT, or DuckDB does not accept it.
        Unavailable: the lake's folder cannot be made.
    """
    with writing(desk.lake.local):
        desk.lake.local.mkdir(parents=True, exist_ok=True)
    return query(desk.lake, journal, sql)
