"""Transactions that only read: they see one moment, wait for no writer and keep none waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

IS_READING = "keel_is_reading"


@contextmanager
def reads(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nothing may be written: it would fail where another one has written since it began."""
    with engine.connect() as connection, connection.execution_options(**{IS_READING: True}).begin():
        yield connection


def is_reading(connection: Connection) -> bool:
    """Whether the transaction that begins on the connection is one of `reads`."""
    return bool(connection.get_execution_options().get(IS_READING, False))
