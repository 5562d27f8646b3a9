"""`keel resume` on paper: five steps, a phrase, and nothing released before."""

from pathlib import Path

import pytest
from risk_sessions import recorded_desk

from data.journal import AuditKind, AuditLog, Journal, RiskEvent, RiskKind, RiskLog
from models.types import Breaker, Level
from tasks.bootstrap import build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk

pytestmark = [pytest.mark.risk, pytest.mark.slow]
PHRASE = "RESUME binance"


@pytest.fixture
def desk(keel, tmp_path_factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return recorded_desk(tmp_path_factory, tmp_path / "recorded", monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    made = build_journal(desk)
    forced = RiskEvent(configured_book(desk).name, 1, RiskKind.FORCED, "timer", "x", Level.REDUCE, Breaker.VAR)
    RiskLog(made.engine).force(forced)
    made.set_stop("drill", 1, Level.PAUSE, "ann")
    return made


@pytest.mark.parametrize("phrase", [(), ("--phrase", "resume binance"), ("--phrase", "RESUME"), ("--phrase", "")])
def test_without_the_phrase_trading_stays_stopped(keel, desk, journal, phrase):
    outcome = keel("resume", "--why", "seen", "--reviewed", *phrase)
    assert outcome.code == 3
    assert PHRASE in outcome.err
    assert journal.stop() is not None
    for text in (
        "1 investigate the cause: done",
        "drill (pause, ann",
        "2 close problematic",
        "3 looked at: done",
        "daily_loss",
    ):
        assert text in outcome.err


def test_with_it_flag_file_and_the_books_own_flag_are_gone(keel, desk, journal):
    outcome = keel("resume", "--why", "seen", "--reviewed", "--phrase", PHRASE, "--json", "--who", "bob")
    assert outcome.code == 0, outcome.err
    assert [one["title"] for one in outcome.json["steps"]][3:] == ["reset the stop", "resume"]
    assert journal.stop() is None
    assert not (desk.home / "state" / "STOP").exists()
    assert RiskLog(journal.engine).breaker_flag(configured_book(desk).name) is None
    newest = AuditLog(journal.engine).entries()[-1]
    assert (newest.kind, newest.who, newest.why) == (AuditKind.RESUMED, "bob", "seen")
    assert "nothing is stopped" in keel("resume", "--why", "seen").out


def test_a_file_alone_is_released_too(keel, desk, journal):
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM control")
    assert keel("resume", "--why", "seen", "--reviewed", "--phrase", PHRASE).code == 0
    assert journal.stop() is None
