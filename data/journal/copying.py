"""A copy of a journal that is being written, and whether a copy is what a journal has to be."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, delete, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from data.files import writing
from data.journal.audit_log import AuditLog
from data.journal.database import HEAD, new_journal, open_file
from data.journal.order_audit import verify_orders
from data.journal.order_tables import order_events
from data.journal.place import JournalPlace
from data.journal.postgres import bring_up, database_engine, read_revision
from data.journal.reading import reads
from data.journal.tables import decisions, metadata
from models.types import Damaged, Refused, Unavailable

# Rows that are in memory together.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """What a sound journal has: its revision, and rows of its chains and decisions."""

    revision: str
    audit: int
    orders: int
    decisions: int


def copy_journal(place: JournalPlace, copy: Path) -> None:
    """The journal as it is at one moment, in one SQLite file wherever it is; whoever writes does not wait for it.

    Raises:
        Unavailable: it cannot be read or the copy cannot be written.
    """
    if place.url is None:
        _copy_file(place.file, copy)
    else:
        _copy_out(place.open().engine, copy)


def _copy_file(original: Path, copy: Path) -> None:
    """In one go: in steps it begins anew with every write of another process, and would never end beside a busy one."""
    try:
        with closing(_opened(original, "ro")) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Unavailable(f"the journal {original} cannot be copied ({error}); see what is wrong with it") from error


def _copy_out(source: Engine, copy: Path) -> None:
    """Every row of a database, of one moment, as a journal's file."""
    with writing(copy):
        copy.write_bytes(new_journal())
    target = create_engine(URL.create("sqlite", database=str(copy)))
    try:
        with closing_engine(target), reads(source) as rows, target.begin() as file:
            for table in metadata.sorted_tables:
                for some in _in_parts(rows, table):
                    file.execute(insert(table), some)
    except DBAPIError as error:
        raise Unavailable(
            f"the copy {copy} cannot be written ({error.orig}); see what is wrong with the disk"
        ) from error


def copy_in(file: Path, place: JournalPlace, over: bool, aside: str | None = None) -> None:
    """Every row of the journal's file, which nobody writes, into the place's database: all of them or none. What is
    there goes before, or with `aside` is moved as it is into a new schema of that name: a damaged one cannot be used.

    Raises:
        Refused: there are rows in the database already, and `over` does not say that they may go; or it is another
            program's.
        Damaged: what is there now is not what is in the file, and nothing was changed.
        Unavailable: the database cannot be written.
    """
    if place.url is None:
        raise ValueError("this place has no database")
    source = create_engine("sqlite://", creator=lambda: _opened(file, "ro"))
    with closing_engine(source), source.connect() as rows:
        engine = database_engine(place.url, place.folder)
        with engine.begin() as connection:
            if aside is not None:
                _move_aside(connection, aside)
            if read_revision(connection) != HEAD:
                bring_up(connection, HEAD)
            _empty(connection, place, over)
            for table in metadata.sorted_tables:
                for some in _in_parts(rows, table):
                    connection.execute(insert(table), some)
                _require_same(table, rows, connection)
                _count_on(connection, table)


def _move_aside(connection: Connection, schema: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"CREATE SCHEMA {quoted(schema)}"))
    for table in inspect(connection).get_table_names():
        connection.execute(text(f"ALTER TABLE {quoted(table)} SET SCHEMA {quoted(schema)}"))


def _empty(connection: Connection, place: JournalPlace, over: bool) -> None:
    for table in reversed(metadata.sorted_tables):
        if not over and connection.execute(select(table).limit(1)).first() is not None:
            raise Refused(f"{place} has rows of {table.name} already; say --over to replace them, they are kept beside")
        connection.execute(delete(table))


def _in_parts(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Rows in the order of their keys."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
    for some in connection.execute(query).mappings().partitions():
        yield [dict(row) for row in some]


def _require_same(table: Table, wanted: Connection, found: Connection) -> None:
    pairs = zip_longest(_in_parts(wanted, table), _in_parts(found, table))
    if any(one != other for one, other in pairs):
        raise Damaged(f"rows of {table.name} came back changed; nothing was written, see the database's encoding")


def _count_on(connection: Connection, table: Table) -> None:
    """New rows get numbers behind those that are there."""
    (key, *more) = table.primary_key.columns
    if not more and key.autoincrement is True:
        newest = select(func.max(key)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        connection.execute(select(func.setval(sequence, func.coalesce(newest, 1), newest.is_not(None))))


def verify_copy(path: Path) -> Verified:
    """Read the whole of a journal that nobody writes: its pages, its audit chain, its orders.

    Raises:
        Damaged: something is not as it was written; names the file.
    """
    try:
        revision = _revision(path)
        if revision == HEAD:
            return _verified(create_engine("sqlite://", creator=lambda: _opened(path, "ro&immutable=1")), revision)
        with tempfile.TemporaryDirectory() as folder:
            migrated = Path(folder) / path.name
            shutil.copyfile(path, migrated)
            return _verified(open_file(migrated).engine, revision)
    except (sqlite3.Error, DBAPIError) as error:
        raise Damaged(f"{path} is not a sound journal ({error}); take another backup") from error
    except Damaged as error:
        raise Damaged(f"{path}: {error}") from error


def _revision(path: Path) -> str:
    with closing(_opened(path, "ro&immutable=1")) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise Damaged(f"it is damaged ({' '.join(str(found).split())}); take another backup")
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _verified(engine: Engine, revision: str) -> Verified:
    with closing_engine(engine), reads(engine) as connection:
        verify_orders(connection)
        orders = connection.execute(select(func.count()).select_from(order_events)).scalar_one()
        decided = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
        return Verified(revision, AuditLog(engine).verify(), orders, decided)


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    """Its connections are closed at the end: nothing of it is left beside the file."""
    try:
        yield
    finally:
        engine.dispose()


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=5.0)
