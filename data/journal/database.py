"""Opening the journal: WAL and synchronous=FULL on SQLite, schema brought up to date by alembic."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from data.files import locked, writing
from data.journal.store import Journal
from models.types import Damaged, Unavailable

HEAD = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"


def open_journal(path: Path) -> Journal:
    """The journal in the SQLite file `path`, created or migrated where needed.

    Raises:
        Unavailable: the folder or file cannot be written, or another process holds it.
        Damaged: the file is no sound SQLite database.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _immediate)
    try:
        _bring_up_to_date(engine, path)
    except DBAPIError as error:
        raise _translated(error, path) from error
    return Journal(engine)


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    if _revision(engine) == HEAD:
        return
    with locked(path.with_suffix(".lock")):
        if _revision(engine) == HEAD:
            return
        # Imported here: it costs a second that an up-to-date journal need not pay.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        damage = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if damage != "ok":
            raise Damaged(f"the journal is damaged ({damage}); stop trading and restore it from a backup")
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _translated(error: DBAPIError, path: Path) -> Unavailable | Damaged:
    said = str(error.orig)
    if "malformed" in said or "not a database" in said:
        return Damaged(f"{path} is not a sound journal ({said}); stop trading and restore it from a backup")
    return Unavailable(f"the journal {path} cannot be used ({said}); check the disk and its permissions")
