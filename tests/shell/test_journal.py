"""The journal: durable, migrated, repeatable, whole or not at all."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from data.journal import (
    BookedFill,
    Change,
    Decision,
    Fault,
    FeedEvent,
    FeedHealth,
    FeedLog,
    Journal,
    PauseRule,
    Settled,
    blocked_by,
    open_journal,
)
from data.journal.database import HEAD, MIGRATIONS
from data.journal.tables import metadata
from models.types import Bound, Damaged, Fill, Intent, Leg, Reason, Refusal, Refused, Regime, Series, Unavailable

HOUR = 3_600_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Journal:
    return open_journal(path)


def _decision(bar: int = 0, symbols: tuple[str, ...] = ("A", "B"), book: str = "book") -> Decision:
    made = tuple(
        Intent(
            bar * HOUR,
            symbol,
            0.1 + 0.2,
            1e-17,
            Reason.ENTER_EDGE,
            Bound.KELLY,
            -0.0,
            Regime.VOLATILE,
            stop=0.1 * 3,
            target=1e300,
            part=-0.0,
        )
        for symbol in symbols
    )
    return Decision(
        id=f"{book}-{bar}",
        book=book,
        bar=bar * HOUR,
        decided_at=bar * HOUR + 5,
        config_version="v1",
        models={"A": "abc"},
        regimes={"A": "ranging"},
        inputs={"A": {"close": 1.1, "edge": None}},
        intents=made,
        refused=(Refusal("C", Reason.REFUSED_STALE),),
        held={"D": "hold_flat"},
        state_before=([1.0, 0.1 + 0.2], [[0.0]]),
        state_after=([2.0, 0.3], [[1e300]]),
    )


NOTHING = Settled("paper")


def _record(journal: Journal, decision: Decision, settled: Settled = NOTHING) -> bool:
    """After the book's newest decision before it."""
    before = journal.last_decision(decision.book, decision.bar - 1)
    return _record(journal, decision, None if before is None else before.bar, settled)


def _booked(cid: str, symbol: str = "A", bar: int = 1, leg: Leg = Leg.ENTRY) -> BookedFill:
    fill = Fill(symbol, bar * HOUR, 0.1 + 0.2, 7.7, 0.01, leg, Regime.CRISIS, -0.0, 1e-17)
    return BookedFill(cid, "swing", "crisis", "abc", fill)


def _counts(journal: Journal) -> dict[str, int]:
    return {name: len(rows) for name, rows in journal.tables().items() if rows}


def test_the_pragmas_that_make_it_durable_hold_on_every_connection(journal: Journal, path: Path) -> None:
    held: list[Connection] = [journal.engine.connect() for _ in range(3)]
    for connection in held:
        read = {
            name: connection.connection.cursor().execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert read == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    for connection in held:
        connection.close()


def test_a_row_that_points_nowhere_is_refused(journal: Journal) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        journal.record_order("no-such-intent", "paper", 1)
    assert _counts(journal) == {}


def test_migrations_end_in_the_declared_tables(journal: Journal) -> None:
    with journal.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        for table in metadata.sorted_tables:
            keys = {tuple(sorted(key["column_names"])) for key in found.get_unique_constraints(table.name)}
            declared = [c for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
            assert keys == {tuple(sorted(column.name for column in one.columns)) for one in declared}
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            assert {c["name"]: c["nullable"] for c in found.get_columns(table.name)} == {
                c.name: c.nullable for c in table.columns
            }
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@@MIGRATIONS@@


BTC = Series("binance", "BTC/USDT", "1h")
RULE = PauseRule(first=10, longest=60)


def test_a_feeds_health_is_its_newest_answers_and_since_when_it_fails(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    assert log.health(("kraken",)) == ()
    log.failure("kraken", "A", Fault.DOWN, "first", 5, RULE)
    log.failure("kraken", "B", Fault.HANGING, "second", 7, RULE)
    assert log.health(("kraken", "binance")) == (FeedHealth("kraken", None, 7, 5, "second"),)
    log.success("kraken", "B", 9)
    assert log.health(("kraken",)) == (FeedHealth("kraken", 9, 7, None, "second"),)
    log.failure("kraken", "A", Fault.LATE, "third", 11, RULE)
    log.answered("binance", 12)
    expected = (FeedHealth("binance", 12, None, None, None), FeedHealth("kraken", 9, 11, 11, "third"))
    assert log.health(("binance", "kraken")) == expected


def test_a_fault_of_one_symbol_pauses_that_symbol_and_one_of_the_feed_all(journal: Journal, path: Path) -> None:
    log = FeedLog(journal.engine)
    log.failure("kraken", "A", Fault.WRONG, "off", 100, RULE)
    assert log.pause("kraken", "B") is None
    assert log.pause("binance", "A") is None
    log.failure("kraken", "B", Fault.DOWN, "gone", 101, RULE)
    log = FeedLog(open_journal(path).engine)
    found = {symbol: log.pause("kraken", symbol) for symbol in ("A", "B", "C")}
    assert {symbol: pause and (pause.fault, pause.retry_at) for symbol, pause in found.items()} == {
        "A": (Fault.WRONG, 110),  # its own comes first
        "B": (Fault.DOWN, 111),
        "C": (Fault.DOWN, 111),
    }
    log.success("kraken", "C", 102)  # the feed is up again, which says nothing of A
    assert [log.pause("kraken", symbol) is None for symbol in ("A", "B", "C")] == [False, True, True]
    log.success("kraken", "A", 103)
    assert log.pause("kraken", "A") is None


def test_pauses_double_up_to_the_longest_and_begin_anew_after_it(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    lengths = []
    for at in (0, 20, 40, 60, 80, 141):
        log.failure("kraken", "A", Fault.DOWN, "gone", at, RULE)
        log.success("kraken", "A", at) if at == 40 else None
        pause = log.pause("kraken", "A")
        lengths.append(None if pause is None else pause.retry_at - at)
    assert lengths == [10, 20, None, 60, 60, 10]
    assert RULE.after(10_000) == 60


def test_events_come_back_in_order_and_by_series(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    assert log.last(BTC, tuple(Change)) is None
    assert blocked_by(log, BTC) is None
    made = [
        FeedEvent(9, BTC, "binance", "kraken", Change.SWITCH, "gone"),
        FeedEvent(9, BTC, "kraken", None, Change.BLOCKED, "apart"),
        FeedEvent(5, BTC, "kraken", "binance", Change.BACK, "answers again"),  # the clock was set back
    ]
    for event in made:
        log.record(event)
    log.record(replace(made[0], series=replace(BTC, timeframe="5m")))
    assert log.events(BTC) == made
    assert log.last(BTC, (Change.SWITCH, Change.BACK)) == made[2]
    assert blocked_by(log, BTC) == made[1]
    log.record(replace(made[1], kind=Change.CLEARED, feed_to="kraken"))
    assert blocked_by(log, BTC) is None


def test_a_decision_comes_back_to_the_bit(journal: Journal) -> None:
    made = _decision()
    assert _record(journal, made)
    read = journal.last_decision("book")
    assert read is not None
    assert repr(read) == repr(made)  # repr tells -0.0 from 0.0
    assert journal.last_decision("another") is None
    assert journal.last_decision("book", bar=-1) is None


def test_one_bar_is_one_decision(journal: Journal) -> None:
    first = _decision()
    assert _record(journal, first)
    assert not _record(journal, first)
    assert not _record(journal, replace(first, id="another", intents=(), held={}))
    assert _record(journal, _decision(bar=1))
    assert _record(journal, _decision(book="other"))
    assert journal.decisions_of("book") == [first, _decision(bar=1)]
    assert _counts(journal) == {"config_versions": 1, "decisions": 3, "intents": 6}


def test_a_decision_is_written_with_all_its_intents_or_not_at_all(journal: Journal) -> None:
    twice = _decision(symbols=("A", "A"))
    with pytest.raises(IntegrityError):
        _record(journal, twice)
    assert _counts(journal) == {}
    assert _record(journal, _decision())


@@FILLS@@


def test_the_stop_flag_keeps_its_first_reason(journal: Journal, path: Path) -> None:
    assert journal.stop_reason() is None
    journal.set_stop("first", 1)
    journal.set_stop("second", 2)
    assert journal.stop_reason() == "first"
    assert open_journal(path).stop_reason() == "first"


def test_an_alert_with_the_same_key_is_one_alert(journal: Journal) -> None:
    for at in range(3):
        journal.raise_alert("stale book", "warning", f"text {at}", at)
    journal.raise_alert("another", "critical", "text", 5)
    rows = journal.tables()["alerts_outbox"]
    assert [(row["key"], row["text"], row["delivered_at"]) for row in rows] == [
        ("stale book", "text 0", None),
        ("another", "text", None),
    ]


@pytest.mark.parametrize("damage", ["no database", "cut", "overwritten"])
def test_a_damaged_journal_is_a_sentence_with_its_path(damage: str, journal: Journal, path: Path) -> None:
    for bar in range(300):
        _record(journal, _decision(bar))
    journal.engine.dispose()
    content = bytearray(path.read_bytes())
    if damage == "overwritten":
        content[8192:20480] = b"\xa5" * 12288
    path.write_bytes({"no database": b"garbage" * 999, "cut": bytes(content[:9000])}.get(damage, bytes(content)))
    with pytest.raises(Damaged, match="restore it from a backup") as error:
        open_journal(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_journal_that_breaks_while_it_is_open_is_a_sentence(journal: Journal, path: Path) -> None:
    journal.set_stop("kept", 1)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"garbage" * 9999)
    with pytest.raises((Damaged, Unavailable), match="journal"):
        journal.stop_reason()


def test_a_journal_of_a_newer_keel_is_refused(journal: Journal, path: Path) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(Refused, match=r"newer Keel \(revision 0999"):
        open_journal(path)


@pytest.mark.parametrize("obstacle", ["a file for the folder", "a folder for the file"])
def test_an_obstacle_is_a_sentence(obstacle: str, path: Path) -> None:
    if obstacle == "a file for the folder":
        path.parent.write_text("in the way")
    else:
        path.mkdir(parents=True)
    with pytest.raises(Unavailable) as error:
        open_journal(path)
    assert str(path) in str(error.value)


def test_a_journal_held_by_another_is_waited_for_and_then_a_sentence(journal: Journal, path: Path) -> None:
    _pragma(journal, "busy_timeout=200")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="locked") as error:
            journal.set_stop("late", 1)
        assert time.monotonic() - began > 0.1
        assert str(path) in str(error.value)
    journal.set_stop("now", 2)
    assert journal.stop_reason() == "now"


def test_a_full_disk_is_a_sentence_and_keeps_what_was_written(journal: Journal) -> None:
    _record(journal, _decision(0))
    _pragma(journal, "max_page_count=1")  # no more pages than there are
    refused = None
    written = 0
    while refused is None and written < 1000:
        written += 1
        try:
            _record(journal, _decision(written))
        except Unavailable as error:
            refused = str(error)
    assert refused is not None
    assert "full" in refused
    _pragma(journal, "max_page_count=100000")
    assert journal.decisions_of("book") == [_decision(bar) for bar in range(written)]
    assert _counts(journal)["intents"] == 2 * written
    assert _record(journal, _decision(written))


def _pragma(journal: Journal, setting: str) -> None:
    """Set it on the one connection that the pool goes on using."""
    with journal.engine.connect() as connection:
        connection.connection.cursor().execute(f"PRAGMA {setting}")


def test_a_path_with_odd_characters_is_the_file_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20e" / "journal.sqlite"
    open_journal(path).set_stop("here", 1)
    assert path.stat().st_size > 0
    assert open_journal(path).stop_reason() == "here"
