"""What a cycle asks of whoever takes its orders; the paper desk and the live one answer."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from data.journal import Decision, Lease
from models.types import IntArray, Intent
from tasks.session.ordering.booking import Row
from tasks.session.ordering.happened import Happened


class Broker(Protocol):
    """Takes the orders of one book. Everything but `name` and `at_work` wants to be at work."""

    @property
    def name(self) -> str:
        """Written with every order and fill."""

    @property
    def lease(self) -> Lease | None:
        """Under which it works."""

    def at_work(self) -> AbstractContextManager["Broker"]:
        """The only writer of the journal's orders while the context lasts.

        Raises:
            Refused: another one is, and is alive.
        """

    def recover(self, book: str, last: Decision | None) -> None:
        """Start-up: clears up what an earlier process left, protects what is held, and reconciles.

        Raises:
            Refused: journal and venue do not agree; nothing is decided until a person has looked.
        """

    def happened(self, rows: Sequence[Row], last: Decision | None, ts: IntArray) -> Happened:
        """What became of the book's orders in the bars that opened at `ts` (UTC microseconds), after `last`."""

    def place(self, cid: str, intent: Intent, decision: Decision) -> None:
        """See that the order is with the venue, or over; the same id again goes on where the last time ended."""

    def finish(self, decision: Decision) -> None:
        """After a decision and its orders: what was not sold is tried again, what is held is protected."""
