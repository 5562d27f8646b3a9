"""The journal's file kept small: alerts that were delivered long ago go, its log is emptied, its free pages given back.

Nothing of the chains, the decisions, the orders or the fills ever goes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, delete, select

from data.journal.alert_tables import alert_deliveries
from data.journal.dialects import POSTGRESQL
from data.journal.present import bytes_of
from data.journal.reading import reads
from data.journal.tables import alerts_outbox
from models.types import Unavailable


@dataclass(frozen=True, slots=True)
class Pages:
    """Of the journal's file: bytes of all its pages, and of those that lie free."""

    whole: int
    free: int

    @property
    def free_share(self) -> float:
        """Fraction of the file."""
        return self.free / self.whole if self.whole else 0.0


def drop_delivered_alerts(engine: Engine, before: int) -> int:
    """Delete the alerts that were delivered before then (UTC microseconds), with who was told of them; how many alerts.

    One that was not acknowledged goes as well: what is true still is raised again. One that a channel is yet to be
    told of stays.
    """
    waits = select(alert_deliveries.c.key).where(alert_deliveries.c.sent_at.is_(None))
    is_old = alerts_outbox.c.delivered_at.is_not(None) & (alerts_outbox.c.delivered_at < before)
    old = delete(alerts_outbox).where(is_old, alerts_outbox.c.key.not_in(waits))
    left = delete(alert_deliveries).where(alert_deliveries.c.key.not_in(select(alerts_outbox.c.key)))
    with engine.begin() as connection:
        deleted = connection.execute(old).rowcount
        connection.execute(left)
        return deleted


def is_file(engine: Engine) -> bool:
    """Whether the journal is a file, which is to be kept small; a PostgreSQL server does so by itself."""
    return engine.dialect.name != POSTGRESQL


def pages_of(engine: Engine) -> Pages:
    """How full the file is; of a database, how large it is."""
    if not is_file(engine):
        with reads(engine) as connection:
            return Pages(bytes_of(connection), 0)
    with _plain(engine) as connection:
        size, count, free = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_size", "page_count", "freelist_count")
        )
    return Pages(size * count, size * free)


def empty_log(engine: Engine) -> bool:
    """Move the write-ahead log into the file and cut it to nothing; False where a reader or writer was in the way."""
    with _plain(engine) as connection:
        return int(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) == 0


def vacuum(engine: Engine) -> None:
    """Write the file anew without its free pages. Whoever writes waits meanwhile, and the file is there twice.

    Raises:
        Unavailable: another process writes, or the disk is full.
    """
    with _plain(engine) as connection:
        connection.execute("VACUUM")


@contextmanager
def _plain(engine: Engine) -> Iterator[sqlite3.Connection]:
    held = engine.raw_connection()
    try:
        plain = held.driver_connection
        if not isinstance(plain, sqlite3.Connection):
            raise TypeError(f"SQLite's own connection was expected, not {type(plain).__name__}")
        yield plain
    except sqlite3.OperationalError as error:
        raise Unavailable(f"the journal cannot be tidied up now ({error}); the next night tries again") from error
    finally:
        held.close()
