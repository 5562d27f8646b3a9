"""The stop flag of one book, which its own breakers set: a paper book that lost stops no other book.

It is there exactly while the account's level of the book, held or waiting, withdraws entries or sells (REDUCE and up),
and is written in the transactions that change that level.
"""

from sqlalchemy import Connection, select

from data.journal.stop_flag import STOP, StopFlag, flag_of, write_stop
from data.journal.tables import control
from models.types import Level


def flag_name(book: str) -> str:
    """Name of the book's row."""
    return f"{STOP} {book}"


def keep_breaker_flag(connection: Connection, book: str, level: Level, reason: str, who: str, at: int) -> None:
    """Set, raise or take away the book's flag by its level; whoever opened the transaction ends it."""
    name = flag_name(book)
    if level >= Level.REDUCE:
        write_stop(connection, StopFlag(level, reason, who, at), name, book.partition("|")[2])
    else:
        connection.execute(control.delete().where(control.c.flag == name))


def read_breaker_flag(connection: Connection, book: str) -> StopFlag | None:
    """The book's flag, None where its breakers stop nothing."""
    row = connection.execute(select(control).where(control.c.flag == flag_name(book))).one_or_none()
    return None if row is None else flag_of(row)
