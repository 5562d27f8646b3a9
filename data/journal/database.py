"""Opening the journal: WAL and synchronous=FULL on SQLite, schema brought up to date by alembic."""

import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, inspect, text

from data.files import locked, writing
from data.journal.store import Journal
from models.types import Damaged, Refused, Unavailable

HEAD = "0009"
MIGRATIONS = Path(__file__).parent / "migrations"


def open_journal(path: Path) -> Journal:
    """The journal in the SQLite file `path`, created or migrated where needed.

    Raises:
        Unavailable: the folder or file cannot be written, or another process holds it.
        Damaged: the file is no sound SQLite database.
        Refused: a newer Keel has written it.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 5.0})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _immediate)
    event.listen(engine, "handle_error", partial(_explain, path))
    _bring_up_to_date(engine, path)
    return Journal(engine)


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    # Always under the lock: SQLite does not wait for another process that is switching a new file to WAL.
    with locked(path.with_suffix(".lock")):
        found = _revision(engine, path)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise Refused(f"{path} was written by a newer Keel (revision {found}, this one knows {HEAD}); update Keel")
        # Imported here: it costs a second that an up-to-date journal need not pay.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with engine.connect() as connection:
            # SQLite changes a column by writing its table anew, which would orphan the rows that point there.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
            if orphans:
                raise Damaged(f"{path} has {len(orphans)} rows that point nowhere; restore it from a backup")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        engine.dispose()  # a new connection enforces them again


def _revision(engine: Engine, path: Path) -> str | None:
    with engine.connect() as connection:
        damage = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if damage != "ok":
            raise Damaged(f"{path} is damaged ({' '.join(damage.split())}); stop trading and restore it from a backup")
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _explain(path: Path, context: ExceptionContext) -> None:
    said = str(context.original_exception)
    if "malformed" in said or "not a database" in said:
        raise Damaged(f"{path} is not a sound journal ({said}); stop trading and restore it from a backup")
    if isinstance(context.original_exception, sqlite3.OperationalError):
        raise Unavailable(f"the journal {path} cannot be used ({said}); check the disk and its permissions")
