"""Durable decisions with one intent each, against bare sqlite3 commits with the same pragmas."""

import itertools
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from data.journal import Decision, Journal, open_journal
from models.types import Bound, Intent, Reason
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

COMMITS = 300
TARGET = 1000.0


def bench_journal(place: Workplace) -> Figure:
    """Durable intents per second, one transaction each."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        journal = open_journal(Path(name) / "journal.sqlite")
        bars = itertools.count()
        with closing(sqlite3.connect(Path(name) / "plain.sqlite", isolation_level=None)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")
            plain.execute("PRAGMA synchronous=FULL")
            plain.execute("CREATE TABLE intents (cid TEXT PRIMARY KEY, body TEXT)")
            numbers = itertools.count()
            seconds, _, ratio = paired_seconds(lambda: _ours(journal, bars), lambda: _bare(plain, numbers), rounds=3)
        journal.engine.dispose()
    speed = COMMITS / seconds
    return Figure("journal", speed, "intents/s", "bare sqlite3 commits", ratio, ">= 1000 intents/s", speed >= TARGET)


def _ours(journal: Journal, bars: "itertools.count[int]") -> None:
    for bar in itertools.islice(bars, COMMITS):
        intent = Intent(bar, "X", 0.1, 100.0, Reason.ENTER_EDGE, Bound.KELLY, 12.5)
        account, book = [1.0] * 7, [[0.0] * 5]
        journal.record_decision(
            Decision(
                f"b-{bar}", "bench", bar, bar, "v", {}, {}, {}, (intent,), (), {}, (account, book), (account, book)
            ),
            "{}",
        )


def _bare(plain: sqlite3.Connection, numbers: "itertools.count[int]") -> None:
    for number in itertools.islice(numbers, COMMITS):
        plain.execute("BEGIN IMMEDIATE")
        plain.execute("INSERT INTO intents VALUES (?, ?)", (str(number), "x" * 300))
        plain.execute("COMMIT")
