"""An order desk that may write, for as long as its lease holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from data.journal import Lease, OrderLog
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.writing import Writing, only_writer


def fenced(desk: OrderDesk, lease: Lease) -> OrderDesk:
    """The same desk, writing under the lease."""
    return replace(desk, log=OrderLog(desk.log.engine, lease))


@contextmanager
def at_work(desk: OrderDesk, writing: Writing) -> Iterator[OrderDesk]:
    """The desk as the only writer while the context lasts.

    Raises:
        Refused: another process has the lease and is alive.
    """
    with only_writer(writing) as lease:
        yield fenced(desk, lease)
