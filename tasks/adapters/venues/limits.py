"""Request budgets: one SQLite file that every process on this machine asks before it asks a venue."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from models.types import Unavailable, iso
from tasks.adapters.clocks import SystemClock
from tasks.ports import Waiting

MACHINE = SystemClock()
SECOND = 1_000_000
BUSY_S = 5.0
# No queue is this long: the clock was set back since the slot was taken, and the budget starts anew.
HORIZON = 600 * SECOND

TABLE = """CREATE TABLE IF NOT EXISTS budgets (
    venue TEXT PRIMARY KEY,
    next_at INTEGER NOT NULL,
    banned_until INTEGER NOT NULL
) STRICT"""


class Limits:
    """The budget file at `path`; it is made with the first request. All times are microseconds of `clock`.

    Processes that share a file share a clock: the machine's, or a simulation's. Every thread of every process has its
    own connection: opening one for each request would cost 16 ms.
    """

    def __init__(self, path: Path, clock: Waiting = MACHINE) -> None:
        self.path = path
        self.clock = clock
        self._own = threading.local()

    def wait(self, venue: str, spacing: int, patience: int, burst: int = 0) -> None:
        """Take the venue's next slot, `spacing` microseconds after the one before, and sleep until it comes. Up to
        `burst` microseconds that nobody used may be used up at once.

        Raises:
            Unavailable: the venue has banned us for longer than `patience` microseconds, or the file cannot be used.
        """
        while True:
            banned_until, slot = self._reserve(venue, spacing, burst)
            if banned_until > self.clock.now():
                self._sleep_out(venue, banned_until, patience)
                continue
            if slot <= self.clock.now():
                return
            self._sleep(slot)
            # Another process may have been told to stay away while this one slept.
            if self.banned_until(venue) <= self.clock.now():
                return

    def ban(self, venue: str, until: int) -> None:
        """No request to the venue before `until`; a later ban in force stays."""
        with self._transaction() as held:
            held.execute(
                "INSERT INTO budgets VALUES (?, 0, ?) "
                "ON CONFLICT (venue) DO UPDATE SET banned_until = max(banned_until, excluded.banned_until)",
                (venue, until),
            )

    def banned_until(self, venue: str) -> int:
        """When the venue's last ban ends or ended; 0 without one."""
        with self._transaction() as held:
            row = held.execute("SELECT banned_until FROM budgets WHERE venue = ?", (venue,)).fetchone()
        return 0 if row is None else int(row[0])

    def _reserve(self, venue: str, spacing: int, burst: int) -> tuple[int, int]:
        """End of the ban and time of the slot; under a ban no slot is taken."""
        with self._transaction() as held:
            row = held.execute("SELECT next_at, banned_until FROM budgets WHERE venue = ?", (venue,)).fetchone()
            next_at, banned_until = (0, 0) if row is None else row
            now = self.clock.now()
            if banned_until > now:
                return banned_until, 0
            slot = max(now - burst, next_at) if next_at <= now + HORIZON else now
            held.execute("INSERT OR REPLACE INTO budgets VALUES (?, ?, ?)", (venue, slot + spacing, banned_until))
        return banned_until, slot

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            held = self._connection()
            held.execute("BEGIN IMMEDIATE")
            try:
                yield held
            finally:
                held.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"the request budget {self.path} cannot be used ({error}); make its folder writable, or delete the "
                "file: nothing but waiting times is in it"
            ) from error

    def _connection(self) -> sqlite3.Connection:
        # A connection does not survive a fork.
        if getattr(self._own, "process", None) != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            held = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            # The change to WAL does not wait for others: two that make the file at once would fail.
            with FileLock(f"{self.path}.lock", timeout=BUSY_S):
                held.execute("PRAGMA journal_mode = WAL")
                held.execute("PRAGMA synchronous = NORMAL")
                held.execute(TABLE)
            self._own.held, self._own.process = held, os.getpid()
        own: sqlite3.Connection = self._own.held
        return own

    def _sleep_out(self, venue: str, until: int, patience: int) -> None:
        if until - self.clock.now() > patience:
            raise Unavailable(
                f"{venue} asked to be left alone until {iso(until // SECOND * SECOND)}; no request is made before, run "
                "the command again then"
            )
        self._sleep(until)

    def _sleep(self, until: int) -> None:
        self.clock.sleep(max(0, until - self.clock.now()))
