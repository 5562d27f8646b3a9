"""A copy of a journal that is being written, and whether a copy is what a journal has to be."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.exc import DBAPIError

from data.journal.audit_log import AuditLog
from data.journal.database import HEAD, open_journal
from data.journal.order_audit import verify_orders
from data.journal.order_tables import order_events
from data.journal.reading import reads
from data.journal.tables import decisions
from models.types import Damaged, Unavailable


@dataclass(frozen=True, slots=True)
class Verified:
    """What a sound journal has: its revision, and rows of its chains and decisions."""

    revision: str
    audit: int
    orders: int
    decisions: int


def copy_journal(original: Path, copy: Path) -> None:
    """The journal as it is at one moment, in one file; whoever writes does not wait for it.

    In one go: a copy in steps begins anew with every write of another process, and would never end beside a busy one.

    Raises:
        Unavailable: it cannot be read or the copy cannot be written.
    """
    try:
        with closing(_opened(original, "ro")) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Unavailable(f"the journal {original} cannot be copied ({error}); see what is wrong with it") from error


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
            return _verified(open_journal(migrated).engine, revision)
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
