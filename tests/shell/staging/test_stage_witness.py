"""A scheduled cycle puts its name to what it decided; one that acts as of an earlier time does not."""

from types import SimpleNamespace
from typing import Any

import pytest

from conf import Settings
from data.journal import Journal, SessionKind, SessionLog
from models.types import Refused
from tasks.adapters.clocks import FixedClock, SystemClock
from tasks.session.release import release_id
from tasks.session.staging import put_on_record

BOOK = "paper|binance|1h|BTC/USDT"
BAR = 1_750_000_000_000_000


def desk_of(settings: Settings, clock: object) -> Any:
    return SimpleNamespace(clock=clock, loaded=SimpleNamespace(settings=settings))


def said(journal: Journal) -> list[tuple[SessionKind, str, int | None]]:
    log = SessionLog(journal.engine)
    return [(one.kind, one.reason, one.bar) for run in log.runs(BOOK) for one in log.events(run.id)]


BEGUN = (SessionKind.NOTED, "begun", None)


def test_what_was_decided_is_told_with_its_release_on_one_page(journal: Journal, settings: Settings) -> None:
    for is_decided in (True, False):
        with put_on_record(desk_of(settings, SystemClock()), journal) as ended:
            ended(BAR, is_decided)
    (run,) = SessionLog(journal.engine).runs(BOOK)
    assert (run.release, run.ended_at, run.until) == (release_id(), run.began_at, run.began_at)
    assert said(journal) == [BEGUN, (SessionKind.DECIDED, "cycle", BAR), BEGUN, (SessionKind.SKIPPED, "stale", BAR)]


def test_a_cycle_that_failed_did_not_crash_and_one_that_broke_did(journal: Journal, settings: Settings) -> None:
    desk = desk_of(settings, SystemClock())
    with pytest.raises(Refused), put_on_record(desk, journal):
        raise Refused("no")
    with pytest.raises(ZeroDivisionError), put_on_record(desk, journal):
        raise ZeroDivisionError
    assert said(journal) == [BEGUN, (SessionKind.FAILED, "no", None), BEGUN]


def test_as_of_an_earlier_time_nothing_is_told(journal: Journal, settings: Settings) -> None:
    with put_on_record(desk_of(settings, FixedClock(BAR)), journal) as ended:
        ended(BAR, True)
    assert SessionLog(journal.engine).runs() == []
