"""The journal in a database of a PostgreSQL server: one writer at a time, as in a SQLite file, and readers beside it.

What writes takes one lock of the database at its begin and gives it back with its end, however that comes. Nothing is
said twice to a server that was lost in between: whoever wrote finds out first how things stand, as after a crash.
"""

import os
import socket
from functools import cache, partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text

from data.journal.database import HEAD, run_alembic
from data.journal.postgres_errors import explain
from data.journal.reading import is_reading, reads
from data.journal.stop_flag import STATE_FOLDER
from data.journal.store import Journal
from data.journal.tables import metadata
from models.types import Damaged, Refused

# Of the database's advisory locks; any number does that nobody else takes.
WRITING = text("SELECT pg_advisory_xact_lock(5527148401)")
ONLY_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# As long as SQLite waits for another writer.
LOCK_S = 5
STATEMENT_S = 120
# A process that is frozen, or whose machine is cut off, keeps others from writing for no longer.
FROZEN_S = 30
# What a database or a user has other defaults for: none of it may change what the journal means.
SESSION = {
    # 63 bytes are kept of it, and the process is what tells two of one machine apart.
    "application_name": f"keel/{socket.gethostname()[:48]}/{{pid}}",
    "synchronous_commit": "on",
    # A stricter one sees the moment before the wait for the lock: what another wrote meanwhile would be unseen.
    "default_transaction_isolation": "read committed",
    # Figures with all of their bits.
    "extra_float_digits": "1",
    "timezone": "UTC",
    "lock_timeout": f"{LOCK_S}s",
    "statement_timeout": f"{STATEMENT_S}s",
    "idle_in_transaction_session_timeout": f"{FROZEN_S}s",
    # The server's own look for whoever has gone without a word.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
# This side's: a server that does not answer is lost within half a minute.
CLIENT = {
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


def open_database(url: URL, folder: Path) -> Journal:
    """The journal in the database at `url`, made or migrated where needed; `folder` is that of the home's state.

    Raises:
        Unavailable: the server cannot be reached or does not let in, or another process has been writing for LOCK_S.
        Damaged: it is a journal's database, and something of it is gone.
        Refused: a newer Keel has written it, or it is another program's.
    """
    engine = database_engine(url, folder)
    if revision_of(engine) != HEAD:
        with engine.begin() as connection:  # under the lock: another process may be at it
            if read_revision(connection) != HEAD:
                bring_up(connection, HEAD)
    return Journal(engine)


def bring_up(connection: Connection, revision: str) -> None:
    """Tables of the revision, whose texts sort as SQLite's do; whoever opened the transaction ends it."""
    run_alembic(connection, "upgrade", revision)
    _sort_by_bytes(connection)


def database_engine(url: URL, folder: Path) -> Engine:
    """For the database as it is, of whatever revision; one for each place and process."""
    return _engine(url, folder, os.getpid())


def is_made(url: URL, folder: Path) -> bool:
    """Whether the database has a journal.

    Raises:
        Unavailable, Damaged, Refused: the server cannot say, see `open_database`.
    """
    return revision_of(database_engine(url, folder)) is not None


def named(url: URL) -> str:
    """The database, without who asks for it."""
    host = f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}"
    return f"the database {url.database} at {host}"


def revision_of(engine: Engine) -> str | None:
    """Of the journal in the database; None where it is empty.

    Raises:
        Damaged, Refused: see `open_database`.
    """
    with reads(engine) as connection:
        return read_revision(connection)


def read_revision(connection: Connection) -> str | None:
    """As `revision_of`, by a connection that is open."""
    database = named(connection.engine.url)
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise Refused(f"{database} has the encoding {encoding}, which has no room for every text; make one with UTF8")
    there = set(inspect(connection).get_table_names())
    if not there:
        return None
    mine = there & {one.name for one in metadata.sorted_tables}
    said: str | None = None
    if "alembic_version" in there:
        said = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if said is None and len(mine) > 1:
        raise Damaged(f"{database} has a journal's tables and does not say of which Keel; restore it from a backup")
    if said is None or not (len(said) == len(HEAD) and said.isdigit()):
        raise Refused(
            f"{database} is another program's (it has {', '.join(sorted(there)[:3])}); give Keel one of its own"
        )
    if said > HEAD:
        raise Refused(f"{database} was written by a newer Keel (revision {said}, this one knows {HEAD}); update Keel")
    return str(said)


def others(engine: Engine) -> list[str]:
    """Who else is connected with the database, in words, each process once; as of now."""
    # Of other users who is no superuser is not told the type; the server's own workers have no user.
    query = text(
        "SELECT pid, usename, application_name FROM pg_stat_activity WHERE datname = current_database() "
        "AND (backend_type = 'client backend' OR (backend_type IS NULL AND usename IS NOT NULL)) "
        "AND pid <> pg_backend_pid() AND application_name <> :mine ORDER BY pid"
    )
    with reads(engine) as connection:
        mine = connection.execute(text("SHOW application_name")).scalar_one()
        rows = connection.execute(query, {"mine": mine}).all()
    return list(dict.fromkeys(_worded(row.application_name, row.usename) for row in rows))


def _worded(application: str, user: str) -> str:
    kind, _, rest = application.partition("/")
    host, _, pid = rest.rpartition("/")
    if kind == "keel" and host:
        return f"process {pid} on {host}, which is connected with the journal"
    return f"{application or 'a program'} of the user {user}, which is connected with the journal"


@cache
def _engine(url: URL, folder: Path, pid: int) -> Engine:
    # Connections are dear there, and a fork must not share them.
    session = {name: value.format(pid=pid) for name, value in SESSION.items()}
    given = str(url.query.get("options", ""))
    options = " ".join([given, *(f"-c {name}={_escaped(value)}" for name, value in session.items())]).strip()
    engine = create_engine(
        url.difference_update_query(["options"]),
        connect_args={**CLIENT, "options": options},
        # Asked before it is used: what the server has cut since is noticed before anything is written.
        pool_pre_ping=True,
        hide_parameters=True,
    )
    engine.update_execution_options(**{STATE_FOLDER: str(folder)})
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", partial(explain, named(url), url.password))
    return engine


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _begin(connection: Connection) -> None:
    if is_reading(connection):
        connection.exec_driver_sql(ONLY_READING)
    else:
        connection.execute(WRITING)


def _sort_by_bytes(connection: Connection) -> None:
    """Texts are sorted and compared by their bytes, as in SQLite, whatever the database's language is."""
    wanted = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, column_name"
    )
    quoted = connection.dialect.identifier_preparer.quote
    changes: dict[str, list[str]] = {}
    for table, column in connection.execute(wanted):
        changes.setdefault(table, []).append(f'ALTER COLUMN {quoted(column)} TYPE text COLLATE "C"')
    for table, some in changes.items():
        connection.execute(text(f"ALTER TABLE {quoted(table)} {', '.join(some)}"))
