"""The journal's pages on control: the stop by row and file, the audit chain, signs of life, sessions."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from data.journal import (
    AuditKind,
    AuditLog,
    Beat,
    Entry,
    Heartbeats,
    Holder,
    Journal,
    JournalPlace,
    RiskEvent,
    RiskKind,
    RiskLog,
    SessionEvent,
    SessionKind,
    SessionLog,
    SessionRun,
)
from data.journal.audit_log import BEGINNING, sha256_of_row
from data.journal.stop_flag import StopFlag, read_stop_file, write_stop_file
from models.types import Damaged, Level, Unavailable

ME = Holder("here", "boot", 1, 2)
NAMES = ("id", "at", "kind", "subject", "who", "why", "detail", "previous", "sha256")


@pytest.fixture
def file(place: JournalPlace) -> Path:
    return place.stop_file


def release(journal: Journal) -> None:
    RiskLog(journal.engine).release(RiskEvent("book", 9, RiskKind.RELEASE, "a person", "found"))


def test_a_stop_stands_in_row_and_file_and_a_release_clears_it(
    journal: Journal, place: JournalPlace, file: Path
) -> None:
    journal.set_stop("drill", 5, Level.REDUCE, "a person")
    wanted = StopFlag(Level.REDUCE, "drill", "a person", 5)
    assert place.open().stop() == wanted == read_stop_file(file)
    release(journal)
    assert place.open().stop() is None
    assert not file.exists()
    kinds = [(one.kind, one.who, one.why) for one in AuditLog(journal.engine).entries()]
    assert kinds == [(AuditKind.STOPPED, "a person", "drill"), (AuditKind.RESUMED, "a person", "found")]


@pytest.mark.parametrize("gone", ["row", "file"])
def test_either_one_alone_stops(journal: Journal, file: Path, gone: str) -> None:
    journal.set_stop("drill", 5)
    if gone == "file":
        file.unlink()
    else:
        with journal.engine.begin() as connection:
            connection.execute(text("DELETE FROM control"))
    assert journal.stop_reason() == "drill"


def test_a_stop_climbs_and_never_descends_and_its_level_keeps_its_first_reason(journal: Journal, file: Path) -> None:
    journal.set_stop("first", 1)
    journal.set_stop("second", 2)
    assert journal.stop() == StopFlag(Level.PAUSE, "first", "keel", 1)
    journal.set_stop("sell", 3, Level.FLATTEN, "guardian")
    journal.set_stop("less", 4, Level.REDUCE)
    assert journal.stop() == StopFlag(Level.FLATTEN, "sell", "guardian", 3) == read_stop_file(file)
    said = [(one.why, one.detail["level"]) for one in AuditLog(journal.engine).entries([AuditKind.STOPPED])]
    assert said == [("first", "pause"), ("sell", "flatten")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"level": "SOME", "reason": "a", "who": "b", "at": 1}',
        b'{"level": 1}',
    ],
)
def test_a_file_that_cannot_be_read_stops_and_flattens_nothing(journal: Journal, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    flag = journal.stop()
    assert flag is not None
    assert flag.level is Level.PAUSE
    assert "cannot be read" in flag.reason


def test_a_folder_in_the_place_of_the_file_stops_and_is_not_released(journal: Journal, file: Path) -> None:
    file.mkdir()
    assert "cannot be read" in str(journal.stop_reason())
    with pytest.raises(Unavailable, match="STOP"):
        release(journal)
    assert journal.stop() is not None


def test_a_row_of_an_unknown_level_stops(journal: Journal) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text("INSERT INTO control (flag, reason, set_at, level) VALUES ('stop', 'a', 1, 'NONE')"))
    assert journal.stop() == StopFlag(Level.PAUSE, "a", "keel", 1)


def test_the_file_is_written_though_the_journal_is_not_there(file: Path) -> None:
    assert read_stop_file(file) is None
    write_stop_file(file, StopFlag(Level.PAUSE, "alone", "me", 1))
    assert write_stop_file(file, StopFlag(Level.PAUSE, "later", "me", 2)).reason == "alone"
    assert json.loads(file.read_text())["reason"] == "alone"


def chain(journal: Journal) -> AuditLog:
    log = AuditLog(journal.engine)
    for number in range(4):
        log.append(Entry(AuditKind.GAP, f"line {number % 2}", "keel", "night", {"bps": float(number)}, number))
    return log


def test_entries_are_read_by_kind_and_subject(journal: Journal) -> None:
    log = chain(journal)
    log.append(Entry(AuditKind.DRILLED, "", "keel", "daily", {}, 9))
    assert [one.id for one in log.entries([AuditKind.GAP], "line 1")] == [2, 4]
    assert [one.id for one in log.entries()] == [1, 2, 3, 4, 5]
    assert log.verify() == 5


def _hashed_again(journal: Journal) -> None:
    """What somebody does who knows how the chain is made, from one row on, and forgets those that follow."""
    with journal.engine.begin() as connection:
        row = dict(connection.execute(text("SELECT * FROM audit_chain WHERE id = 2")).mappings().one())
        row["detail"] = '{"bps": 0.0}'
        said = {"detail": row["detail"], "sha256": sha256_of_row(row)}
        connection.execute(text("UPDATE audit_chain SET detail = :detail, sha256 = :sha256 WHERE id = 2"), said)


def _never(journal: Journal) -> None:
    """At the latest moment that the database can write, in SQLite no number any more."""
    at = "9e999" if journal.engine.dialect.name == "sqlite" else "9e18"
    _statement(f"UPDATE audit_chain SET at = {at} WHERE id = 2")(journal)  # noqa: S608


def _statement(sql: str) -> Callable[[Journal], None]:
    def run(journal: Journal) -> None:
        with journal.engine.begin() as connection:
            connection.execute(text(sql))

    return run


@pytest.mark.parametrize(
    "forge",
    [
        _statement("UPDATE audit_chain SET detail = '{\"bps\": 0.0}' WHERE id = 3"),
        _statement("UPDATE audit_chain SET at = 0 WHERE id = 4"),
        _statement("UPDATE audit_chain SET subject = 'line 1' WHERE id = 1"),
        _statement("UPDATE audit_chain SET who = 'nobody' WHERE id = 1"),
        _statement("UPDATE audit_chain SET why = X'00' WHERE id = 1"),
        _never,
        _statement("DELETE FROM audit_chain WHERE id = 2"),
        _statement("DELETE FROM audit_chain WHERE id = 1"),
        _hashed_again,
    ],
)
def test_a_chain_that_was_changed_is_damaged(journal: Journal, forge: Callable[[Journal], None]) -> None:
    log = chain(journal)
    forge(journal)
    with pytest.raises(Damaged, match="audit chain"):
        log.verify()
    with pytest.raises(Damaged, match="audit chain"):
        log.entries([AuditKind.STOPPED])


def test_the_chain_begins_with_nothing_before_it(journal: Journal) -> None:
    chain(journal)
    with journal.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM audit_chain ORDER BY id")).mappings().all()
    assert rows[0]["previous"] == BEGINNING
    assert [one["previous"] for one in rows[1:]] == [one["sha256"] for one in rows[:-1]]
    assert tuple(rows[0]) == NAMES


def test_a_beat_is_late_when_it_promised_more_than_it_kept(journal: Journal) -> None:
    beats = Heartbeats(journal.engine)
    assert beats.last("trader") is None
    beats.beat(Beat("trader", ME, 10, 20, "cycle"))
    beats.beat(Beat("trader", ME, 15, 25, "cycle"))
    beats.beat(Beat("guardian", ME, 15, 99, "round"))
    last = beats.last("trader")
    assert last == Beat("trader", ME, 15, 25, "cycle")
    assert [last.is_late(now) for now in (25, 26)] == [False, True]
    beats.beat(Beat("trader", ME, 30, None, "ended"))
    ended = beats.last("trader")
    assert ended is not None
    assert not ended.is_late(10**18)


def test_a_session_keeps_what_became_of_each_bar(journal: Journal) -> None:
    log = SessionLog(journal.engine)
    run = SessionRun("c1", "paper|x", "paper", "10000", "r1", ME, 5, None)
    first, second = log.begin(run), log.begin(run)
    log.note(SessionEvent(first, 6, SessionKind.DECIDED, "", bar=1, seconds=0.5))
    log.note(SessionEvent(first, 7, SessionKind.SKIPPED, "late", bar=2))
    log.note(SessionEvent(second, 8, SessionKind.NOTED, "began"))
    log.end(first, "done", 9)
    assert [one.kind for one in log.events(first)] == [SessionKind.DECIDED, SessionKind.SKIPPED]
    assert log.events(first)[0].seconds == 0.5
    runs = log.runs("paper|x")
    assert [(one.id, one.ended_at, one.why) for one in runs] == [(first, 9, "done"), (second, None, "")]
    assert runs[1].holder == ME
    assert log.runs("other") == []
