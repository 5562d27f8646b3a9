"""The sign of life: it goes on while there is progress, and stops with it, whatever the loop does."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from conf.schema.control import GuardianConfig
from data.journal import Beat, Heartbeats, Holder, open_journal
from tasks.adapters.clocks import SystemClock, VirtualClock, monotonic
from tasks.session.running.pulse import Pulse
from tasks.session.running.session import Session

SECOND = 1_000_000
HOLDER = Holder("here", "boot", 1, 1)
RULES = GuardianConfig(
    required="live",
    beat_seconds=2.0,
    silence_seconds=15.0,
    cycle_seconds=600.0,
    on_silence="cancel",
    feed_minutes=5.0,
)


@pytest.fixture
def hearts(tmp_path: Path) -> Heartbeats:
    return Heartbeats(open_journal(tmp_path / "journal.sqlite").engine)


def last(hearts: Heartbeats) -> Beat:
    found = hearts.last("trader")
    assert found is not None
    return found


def test_it_promises_the_time_since_the_last_progress_and_no_longer(hearts: Heartbeats) -> None:
    clock = VirtualClock(1_000 * SECOND)
    pulse = Pulse(hearts, HOLDER, clock, RULES, clock.now)
    pulse.beat()
    assert last(hearts).due_at == 1_015 * SECOND
    promised = set()
    for _ in range(100):  # the loop is alive, and nothing else is
        clock.sleep(SECOND)
        pulse.beat()
        promised.add(last(hearts).due_at)
    assert promised == {1_015 * SECOND}
    assert last(hearts).is_late(1_016 * SECOND)
    pulse.sign("sent entry")
    pulse.beat()
    assert last(hearts).due_at == 1_115 * SECOND


def test_it_beats_no_more_often_than_is_asked(hearts: Heartbeats) -> None:
    clock = VirtualClock(1_000 * SECOND)
    pulse, at = Pulse(hearts, HOLDER, clock, RULES, clock.now), set()
    for _ in range(40):
        pulse.sign()
        pulse.beat()
        at.add(last(hearts).at)
        clock.sleep(SECOND // 2)
    assert len(at) == 10


def test_the_first_cycle_has_its_own_promise_and_the_end_has_none(hearts: Heartbeats) -> None:
    clock = VirtualClock(1_000 * SECOND)
    pulse = Pulse(hearts, HOLDER, clock, RULES, clock.now)
    pulse.promise()
    for _ in range(2):
        clock.sleep(60 * SECOND)
        pulse.sign("begun")
        pulse.beat()
    assert last(hearts).due_at == 1_600 * SECOND
    pulse.kept()
    assert last(hearts).due_at == 1_135 * SECOND
    pulse.end()
    assert last(hearts).due_at is None
    assert not last(hearts).is_late(10**18)


def test_a_cycle_that_spins_goes_silent_while_the_loop_lives(hearts: Heartbeats) -> None:
    rules = RULES.model_copy(update={"beat_seconds": 0.1, "silence_seconds": 1.0})
    clock = SystemClock()
    pulse = Pulse(hearts, HOLDER, clock, rules, monotonic)
    stop = threading.Event()
    late: list[bool] = []

    def spin() -> None:
        while not stop.is_set():
            time.sleep(0)

    async def watch(session: Session) -> None:
        working = asyncio.create_task(session._worked(spin))
        for _ in range(60):  # until it is silent, and a while after
            await asyncio.sleep(0.1)
            late.append(last(hearts).is_late(clock.now()))
            if late[-5:] == [True] * 5:
                break
        stop.set()
        await working
        pulse.beat()

    session = Session.__new__(Session)
    session._pulse, session._deciding = pulse, None
    asyncio.run(watch(session))
    assert not late[0]
    assert late[-5:] == [True] * 5
    assert not last(hearts).is_late(clock.now()), "it came back with the progress"


def test_a_cycle_that_signs_is_heard_of_for_as_long_as_it_takes(hearts: Heartbeats) -> None:
    rules = RULES.model_copy(update={"beat_seconds": 0.1, "silence_seconds": 1.0})
    clock = SystemClock()
    pulse = Pulse(hearts, HOLDER, clock, rules, monotonic)
    late: list[bool] = []

    def work() -> None:
        for _ in range(12):
            time.sleep(0.15)
            pulse.sign("waited")
            late.append(last(hearts).is_late(clock.now()))

    session = Session.__new__(Session)
    session._pulse, session._deciding = pulse, None
    asyncio.run(session._worked(work))
    assert late == [False] * 12


def test_a_journal_that_cannot_be_written_is_silence_and_no_end(hearts: Heartbeats, monkeypatch) -> None:
    from models.types import Unavailable

    clock = VirtualClock(1_000 * SECOND)
    pulse = Pulse(hearts, HOLDER, clock, RULES, clock.now)

    def full(_self: Heartbeats, _beat: Beat) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Heartbeats, "beat", full)
        pulse.beat()
    assert hearts.last("trader") is None
    pulse.beat()
    assert last(hearts).due_at == 1_015 * SECOND
