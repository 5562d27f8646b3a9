"""Places of journals for tests, of both kinds; and as words for another process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, MetaData
from waiting import wait_until

from data.journal import JournalPlace
from data.journal.database import file_engine, new_journal
from data.journal.place import parsed_url
from data.journal.postgres import bring_up, database_engine, open_database, others

KINDS = ("sqlite", "postgresql")


@contextmanager
def place_of(kind: str, folder: Path) -> Iterator[JournalPlace]:
    """An empty place: no journal is there yet. In a database there is one, as a new one of a file is."""
    if kind == "sqlite":
        yield JournalPlace(folder)
        return
    # Imported here: the processes of tests need no server of their own.
    from postgres_server import shared_server

    with at_database(shared_server().new_database(_template()), folder) as place:
        yield place


@contextmanager
def empty_place(kind: str, folder: Path) -> Iterator[JournalPlace]:
    """No file, or an empty database."""
    if kind == "sqlite":
        yield JournalPlace(folder)
        return
    from postgres_server import shared_server

    with at_database(shared_server().new_database(), folder) as place:
        yield place


def make_older(place: JournalPlace, revision: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """A journal as the Keel of that revision left it."""
    if place.url is None:
        place.folder.mkdir(parents=True)
        place.file.write_bytes(new_journal(revision))
    with writing_at(place) as connection:
        if place.url is not None:
            bring_up(connection, revision)
        tables = MetaData()
        tables.reflect(connection)
        for name, some in rows.items():
            connection.execute(tables.tables[name].insert(), some)


def rows_in(place: JournalPlace) -> dict[str, list[dict[str, object]]]:
    """Of every table that has any, by whatever revision it is; ordered by its text."""
    with writing_at(place) as connection:
        tables = MetaData()
        tables.reflect(connection)
        found = {
            one.name: sorted((dict(row) for row in connection.execute(one.select()).mappings()), key=repr)
            for one in tables.sorted_tables
        }
    return {name: rows for name, rows in found.items() if rows and name != "alembic_version"}


@contextmanager
def writing_at(place: JournalPlace) -> Iterator[Connection]:
    """A transaction on the journal as it is, of whatever revision."""
    is_file = place.url is None
    engine = file_engine(place.file) if place.url is None else database_engine(place.url, place.folder)
    with engine.begin() as connection:
        yield connection
    if is_file:
        engine.dispose()


@contextmanager
def at_database(url: str, folder: Path) -> Iterator[JournalPlace]:
    """The place in the database, and nothing connected with it at the end."""
    parsed = parsed_url(url)
    try:
        yield JournalPlace(folder, parsed)
    finally:
        database_engine(parsed, folder).dispose()


@cache
def _template() -> str:
    """Name of a database with an empty journal, of which the others are made."""
    from postgres_server import shared_server

    url = shared_server().new_database()
    with at_database(url, Path("/nowhere")) as place:
        assert place.url is not None
        open_database(place.url, place.folder)
    return url.rsplit("/", 1)[1]


def words_of(place: JournalPlace) -> str:
    """For `place_from` in another process."""
    url = None if place.url is None else place.url.render_as_string(hide_password=False)
    return json.dumps([str(place.folder), url])


def place_from(words: str) -> JournalPlace:
    """See `words_of`."""
    folder, url = json.loads(words)
    return JournalPlace(Path(folder), None if url is None else parsed_url(url))


def wait_for_the_dead(place: JournalPlace) -> None:
    """A server finishes what a killed process had sent off: until it has noticed, rows may come."""
    if place.url is not None:
        engine = database_engine(place.url, place.folder)
        wait_until(lambda: not others(engine))
