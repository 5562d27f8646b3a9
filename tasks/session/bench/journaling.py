"""Durable decisions with one intent each, against bare sqlite3 commits with the same pragmas."""

import itertools
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from data.journal import Carried, Decision, Journal, Settled, open_journal
from models.types import Bound, Intent, Reason, Regime
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import account_of

COMMITS = 300
TARGET = 1000.0
_, FIRST = account_of(1)
NAMES = [one.name.lower() for one in Regime]
STATE = Carried(
    accounts={"swing": FIRST.accounts[0].tolist()},
    positions={"swing": {"X": FIRST.book[0].tolist()}},
    records={"swing": dict(zip(NAMES, FIRST.records[0].tolist(), strict=True))},
)


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
        intent = Intent(bar, "X", 0.1, 100.0, Reason.ENTER_EDGE, Bound.KELLY, 12.5, Regime.RANGING)
        decision = Decision(f"b-{bar}", "bench", bar, bar, "v", {}, {}, {}, (), (intent,), (), {}, STATE, STATE)
        journal.record_decision(decision, bar - 1 if bar else None, Settled("paper"), "{}")


def _bare(plain: sqlite3.Connection, numbers: "itertools.count[int]") -> None:
    for number in itertools.islice(numbers, COMMITS):
        plain.execute("BEGIN IMMEDIATE")
        plain.execute("INSERT INTO intents VALUES (?, ?)", (str(number), "x" * 300))
        plain.execute("COMMIT")
