"""The journal in a SQLite file: WAL and synchronous=FULL, schema brought up to date by alembic."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, inspect, text

from data.files import locked, write_atomically, writing
from data.journal.reading import is_reading, reads
from data.journal.stop_flag import STATE_FOLDER
from data.journal.store import Journal
from models.types import Damaged, Refused, Unavailable

HEAD = "0013"
# What every SQLite database begins with.
HEADER_BYTES = 100
MIGRATIONS = Path(__file__).parent / "migrations"


def open_file(path: Path) -> Journal:
    """The journal in the SQLite file `path`, created or migrated where needed.

    Raises:
        Unavailable: the folder or file cannot be written, or another process holds it.
        Damaged: the file is no sound SQLite database.
        Refused: a newer Keel has written it.
    """
    engine = file_engine(path)
    _bring_up_to_date(engine, path)
    return Journal(engine)


def file_engine(path: Path) -> Engine:
    """For the file as it is, of whatever revision.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 5.0})
    engine.update_execution_options(**{STATE_FOLDER: str(path.parent)})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", partial(_explain, path))
    return engine


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # What writes takes the lock at once: begun with reading, it could not get it any more once another has written.
    connection.exec_driver_sql("BEGIN" if is_reading(connection) else "BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    # Always under the lock: SQLite does not wait for another process that is switching a new file to WAL.
    with locked(path.with_suffix(".lock")):
        _require_whole(path)
        if not path.exists():
            write_atomically(path, new_journal())
        found = revision_of(engine, path)
        if found == HEAD:
            return
        if found > HEAD:
            raise Refused(f"{path} was written by a newer Keel (revision {found}, this one knows {HEAD}); update Keel")
        with changing(engine, path) as connection:
            run_alembic(connection, "upgrade", HEAD)
        engine.dispose()  # a new connection enforces them again


@contextmanager
def changing(engine: Engine, path: Path) -> Iterator[Connection]:
    """A connection on which tables may be written anew; what was done is committed at the end.

    Raises:
        Damaged: rows point nowhere.
    """
    with engine.connect() as connection:
        # SQLite changes a column by writing its table anew, which would orphan the rows that point there.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        if orphans:
            raise Damaged(f"{path} has {len(orphans)} rows that point nowhere; restore it from a backup")
        yield connection
        connection.commit()


def _require_whole(path: Path) -> None:
    """A journal is made at once (`new_journal`): one that is empty, or gone but for its log, is not a new one. Orders
    may be at a venue that it knew of.
    """
    with writing(path):
        is_there = path.exists()
        left = [one for one in (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")) if one.exists()]
        is_cut = path.is_file() and path.stat().st_size < HEADER_BYTES
    if is_cut or (left and not is_there):
        found = "was cut short or emptied" if is_cut else f"is gone, though {left[0].name} is there"
        raise Damaged(f"{path} {found}; stop trading, look at what is open at the venues and restore it from a backup")


def new_journal(revision: str = HEAD) -> bytes:
    """The file of an empty journal: one that is killed while it makes it leaves nothing behind."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        run_alembic(connection, "upgrade", revision)
        connection.commit()
        plain = connection.connection.dbapi_connection
        if not isinstance(plain, sqlite3.Connection):
            raise TypeError(f"SQLite's own connection was expected, not {type(plain).__name__}")
        made = plain.serialize()
    engine.dispose()
    return made


def run_alembic(connection: Connection, direction: str, revision: str, lose: bool = False) -> None:
    """`upgrade` or `downgrade` the tables to the revision; whoever opened the transaction ends it. `lose`: see
    `data.journal.migrating`.
    """
    # Imported here: it costs a second that an up-to-date journal need not pay.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes |= {"connection": connection, "lose": lose}
    (command.upgrade if direction == "upgrade" else command.downgrade)(config, revision)


def revision_of(engine: Engine, path: Path) -> str:
    """Of the journal in the file.

    Raises:
        Damaged: the file is damaged, or no journal.
    """
    with reads(engine) as connection:
        damage = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if damage != "ok":
            raise Damaged(f"{path} is damaged ({' '.join(damage.split())}); stop trading and restore it from a backup")
        version = text("SELECT version_num FROM alembic_version")
        found = connection.execute(version).scalar_one_or_none() if _has_version(connection) else None
    if found is None:
        raise Damaged(f"{path} is no journal of Keel's, though it is a database; restore the journal from a backup")
    return str(found)


def _has_version(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


def _explain(path: Path, context: ExceptionContext) -> None:
    said = str(context.original_exception)
    if "malformed" in said or "not a database" in said:
        raise Damaged(f"{path} is not a sound journal ({said}); stop trading and restore it from a backup")
    if isinstance(context.original_exception, sqlite3.OperationalError):
        raise Unavailable(f"the journal {path} cannot be used ({said}); check the disk and its permissions")
