"""A book's own breakers stop its orders between two decisions, and those of no other book."""

from pathlib import Path

import pytest
from order_desks import NOW, Bench, bench, order

from data.journal import AuditKind, AuditLog, Journal, RiskEvent, RiskKind, RiskLog
from models.types import Breaker, Level
from models.types.wire import OrderState
from tasks.session.ordering.submitting import submit

MINE, OTHER = "live|fake|1h|BTC/USDT", "paper|fake|1h|BTC/USDT"


def event(level: Level, kind: RiskKind = RiskKind.FORCED, book: str = MINE) -> RiskEvent:
    return RiskEvent(book, NOW, kind, "timer", "lost too much", level, Breaker.DAILY_LOSS, 0.06, 0.05)


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def log(on: Bench) -> RiskLog:
    return RiskLog(on.log.engine)


def state_of(on: Bench, book: str, number: int) -> OrderState:
    return submit(on.desk, order(f"x-{number}", book=book), on.venue.quote("BTC/USDT")).state


def test_it_stops_its_book_alone_until_a_person_releases_it(on: Bench, log: RiskLog) -> None:
    assert log.force(event(Level.REDUCE))
    assert state_of(on, MINE, 1) is OrderState.REJECTED
    assert "gate: stopped" in on.log.orders_of_book(MINE)[0].why
    assert state_of(on, OTHER, 2) is OrderState.FILLED
    assert Journal(on.log.engine).stop() is None
    assert on.log.standing(NOW, MINE).stop_reason == "lost too much"
    assert on.log.standing(NOW, OTHER).stop_reason is None
    log.release(event(Level.NONE, RiskKind.RELEASE))
    assert state_of(on, MINE, 3) is OrderState.FILLED
    assert log.breaker_flag(MINE) is None


def test_a_pause_lets_stand_what_waits(on: Bench, log: RiskLog) -> None:
    log.force(event(Level.PAUSE))
    assert log.breaker_flag(MINE) is None
    assert on.log.standing(NOW, MINE).stop_reason is None


def test_it_climbs_and_the_audit_chain_has_each_step_once(on: Bench, log: RiskLog) -> None:
    for level in (Level.REDUCE, Level.REDUCE, Level.FLATTEN):
        log.force(event(level))
    flag = log.breaker_flag(MINE)
    assert flag is not None
    assert flag.level is Level.FLATTEN
    entries = AuditLog(on.log.engine).entries([AuditKind.STOPPED])
    assert [(one.subject, one.detail["level"]) for one in entries] == [
        ("fake|1h|BTC/USDT", "reduce"),
        ("fake|1h|BTC/USDT", "flatten"),
    ]


def test_the_flag_of_everything_comes_first(on: Bench, log: RiskLog) -> None:
    log.force(event(Level.REDUCE))
    on.stop("a person said so")
    assert on.log.standing(NOW, MINE).stop_reason == "a person said so"
    log.release(event(Level.NONE, RiskKind.RELEASE, OTHER))
    assert on.log.standing(NOW, MINE).stop_reason == "lost too much", "another book's release leaves it"


def test_what_holds_already_is_not_forced_again(log: RiskLog) -> None:
    assert log.hold(event(Level.REDUCE))
    assert not log.hold(event(Level.REDUCE))
    assert log.hold(event(Level.FLATTEN))
