"""The journal: durable, migrated, repeatable, whole or not at all."""

import math
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from journal_rows import HOUR, carried, counts, made_decision, record
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from data.journal import Journal, JournalPlace, open_journal
from models.types import Damaged, Refused, Unavailable
from tasks.bootstrap import scratch_journal


def test_the_pragmas_that_make_it_durable_hold_on_every_connection(filed: Journal, path: Path) -> None:
    held: list[Connection] = [filed.engine.connect() for _ in range(3)]
    for connection in held:
        read = {
            name: connection.connection.cursor().execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert read == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    for connection in held:
        connection.close()


def test_a_row_that_points_nowhere_is_refused(journal: Journal) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        journal.record_order("no-such-intent", "paper", 1)
    assert counts(journal) == {}


def test_a_decision_comes_back_to_the_bit(journal: Journal) -> None:
    made = made_decision(systems=("swing", "long"))
    assert record(journal, made)
    read = journal.last_decision("book")
    assert repr(journal.decisions_of("book")) == repr([made])
    assert read is not None
    assert repr(read) == repr(made)  # repr tells -0.0 from 0.0
    assert journal.last_decision("another") is None
    assert journal.last_decision("book", bar=-1) is None


def test_one_bar_is_one_decision(journal: Journal) -> None:
    first = made_decision()
    assert record(journal, first)
    assert not record(journal, first)
    assert not record(journal, replace(first, id="another", intents=(), held={}))
    assert record(journal, made_decision(bar=1))
    assert record(journal, made_decision(book="other"))
    assert journal.decisions_of("book") == [first, made_decision(bar=1)]
    written = {"config_versions": 1, "decisions": 3, "intents": 6, "switches": 6, "risk_events": 6, "decision_seals": 3}
    assert counts(journal) == written


@pytest.mark.parametrize("table", ["switches", "intents"])
def test_a_decision_is_written_with_all_its_rows_or_not_at_all(journal: Journal, table: str) -> None:
    twice = made_decision(symbols=("A", "A"))
    left_out = {"switches": "intents", "intents": "switches"}[table]
    with pytest.raises(IntegrityError, match=rf"(?i)unique.*{table}"):
        record(journal, replace(twice, **{left_out: ()}))
    assert counts(journal) == {}
    assert record(journal, made_decision())


def test_two_systems_order_the_same_symbol_under_ids_of_their_own(journal: Journal) -> None:
    made = made_decision(systems=("swing", "long"))
    ids = [made.cid(one) for one in made.intents]
    assert ids == ["book-0-0", "book-0-1", "book-0-2", "book-0-3"]
    assert record(journal, made)
    rows = journal.tables()["intents"]
    assert [(row["cid"], row["system"], row["specialist"], row["symbol"]) for row in rows] == [
        ("book-0-0", "swing", "crisis", "A"),
        ("book-0-1", "swing", "crisis", "B"),
        ("book-0-2", "long", "crisis", "A"),
        ("book-0-3", "long", "crisis", "B"),
    ]


def test_switches_are_rows_with_their_cause_and_nobody_is_null(journal: Journal) -> None:
    for bar in range(2):
        record(journal, made_decision(bar))
    named = ("decision_id", "book", "bar", "system", "symbol", "before", "after", "cause")
    assert [tuple(row[name] for name in named) for row in journal.tables()["switches"]] == [
        ("book-0", "book", 0, "swing", "A", None, "CRISIS", "REGIME"),
        ("book-0", "book", 0, "swing", "B", "RANGING", None, "UNDERPERFORMED"),
        ("book-1", "book", HOUR, "swing", "A", None, "CRISIS", "REGIME"),
        ("book-1", "book", HOUR, "swing", "B", "RANGING", None, "UNDERPERFORMED"),
    ]


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_no_figure_that_json_does_not_know_gets_into_the_journal(journal: Journal, figure: float) -> None:
    made = made_decision()
    for changed in (
        replace(made, state_after=carried(figure, 0.0)),
        replace(made, state_before=carried(0.0, figure)),
        replace(made, state_before=replace(carried(0.0, 0.0), records={"swing": {"crisis": [figure]}})),
        replace(made, inputs={"A": {"close": figure}}),
    ):
        with pytest.raises(ValueError, match="not JSON compliant"):
            record(journal, changed)
    assert counts(journal) == {}


def test_the_stop_flag_keeps_its_first_reason(journal: Journal, place: JournalPlace) -> None:
    assert journal.stop_reason() is None
    journal.set_stop("first", 1)
    journal.set_stop("second", 2)
    assert journal.stop_reason() == "first"
    assert place.open().stop_reason() == "first"


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
def test_a_damaged_journal_is_a_sentence_with_its_path(damage: str, filed: Journal, path: Path) -> None:
    for bar in range(300):
        record(filed, made_decision(bar))
    filed.engine.dispose()
    content = bytearray(path.read_bytes())
    if damage == "overwritten":
        content[8192:20480] = b"\xa5" * 12288
    path.write_bytes({"no database": b"garbage" * 999, "cut": bytes(content[:9000])}.get(damage, bytes(content)))
    with pytest.raises(Damaged, match="restore it from a backup") as error:
        open_journal(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_journal_that_breaks_while_it_is_open_is_a_sentence(filed: Journal, path: Path) -> None:
    filed.set_stop("kept", 1)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"garbage" * 9999)
    with pytest.raises((Damaged, Unavailable), match="journal"):
        filed.stop_reason()


def test_a_journal_of_a_newer_keel_is_refused(journal: Journal, place: JournalPlace) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(Refused, match=r"newer Keel \(revision 0999"):
        place.open()


@pytest.mark.parametrize("obstacle", ["a file for the folder", "a folder for the file"])
def test_an_obstacle_is_a_sentence(obstacle: str, path: Path) -> None:
    if obstacle == "a file for the folder":
        path.parent.write_text("in the way")
    else:
        path.mkdir(parents=True)
    with pytest.raises(Unavailable) as error:
        open_journal(path)
    assert str(path) in str(error.value)


def test_a_journal_held_by_another_is_waited_for_and_then_a_sentence(filed: Journal, path: Path) -> None:
    _pragma(filed, "busy_timeout=200")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="locked") as error:
            filed.set_stop("late", 1)
        assert time.monotonic() - began > 0.1
        assert str(path) in str(error.value)
    filed.set_stop("now", 2)
    assert filed.stop_reason() == "now"


def test_a_full_disk_is_a_sentence_and_keeps_what_was_written(filed: Journal) -> None:
    record(filed, made_decision(0))
    _pragma(filed, "max_page_count=1")  # no more pages than there are
    refused = None
    written = 0
    while refused is None and written < 1000:
        written += 1
        try:
            record(filed, made_decision(written))
        except Unavailable as error:
            refused = str(error)
    assert refused is not None
    assert "full" in refused
    _pragma(filed, "max_page_count=100000")
    assert filed.decisions_of("book") == [made_decision(bar) for bar in range(written)]
    assert counts(filed)["intents"] == 2 * written
    assert record(filed, made_decision(written))


def _pragma(journal: Journal, setting: str) -> None:
    """Set it on the one connection that the pool goes on using."""
    with journal.engine.connect() as connection:
        connection.connection.cursor().execute(f"PRAGMA {setting}")


def test_a_path_with_odd_characters_is_the_file_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20e" / "journal.sqlite"
    open_journal(path).set_stop("here", 1)
    assert path.stat().st_size > 0
    assert open_journal(path).stop_reason() == "here"


def test_a_scratch_journal_leaves_no_connection_where_a_dry_run_fails(tmp_path: Path) -> None:
    with suppress(Unavailable), scratch_journal(tmp_path / "nowhere") as scratch:
        scratch.set_stop("drill", 1)
        raise Unavailable("no bar came")
    assert "Connections in pool: 0" in scratch.engine.pool.status()
