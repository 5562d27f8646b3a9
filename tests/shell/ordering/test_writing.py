"""The only writer: who gets the lease, who waits for it, and who is refused."""

import threading
from pathlib import Path

import pytest

from data.journal import Holder, Lease, Leases, open_journal
from models.types import Refused
from tasks.adapters.clocks import SystemClock, VirtualClock
from tasks.adapters.holder import is_gone, this_process
from tasks.session.ordering.writing import AGAIN, NAME, Writing, only_writer

SECOND = 1_000_000
OTHER = Holder("elsewhere", "boot", 4711, 1)
ME = Holder("here", "boot", 1, 1)


def writing(path: Path, clock: VirtualClock, holder: Holder = ME, dead: bool = False, patience: int = 0) -> Writing:
    leases = Leases(open_journal(path / "journal.sqlite").engine)
    return Writing(leases, holder, lambda _: dead, clock, 30 * SECOND, patience, beats=False)


def taken_by_another(mine: Writing) -> Lease:
    lease = mine.leases.take(NAME, OTHER, mine.clock.now(), 30 * SECOND, lambda _: False)
    assert lease is not None
    return lease


def test_whoever_works_has_it_and_gives_it_back(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND))
    with only_writer(mine) as lease:
        assert mine.leases.current(NAME) == lease
    assert mine.leases.current(NAME) is None
    with only_writer(mine) as later:
        assert later.token == lease.token + 1


def test_it_is_given_back_after_an_error_too(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND))
    with pytest.raises(ValueError, match="of the cycle"), only_writer(mine):
        raise ValueError("of the cycle")
    assert mine.leases.current(NAME) is None


def test_another_one_that_lives_is_waited_for_and_then_refuses(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND), patience=10 * SECOND)
    held = taken_by_another(mine)
    with pytest.raises(Refused, match="process 4711 on elsewhere is the only one that may order"), only_writer(mine):
        pytest.fail("two at once")
    assert mine.clock.now() >= 11 * SECOND
    assert mine.leases.current(NAME) == held


def test_one_that_ends_meanwhile_makes_room(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND), patience=40 * SECOND)
    held = taken_by_another(mine)
    with only_writer(mine) as lease:
        assert lease.token == held.token + 1
        assert held.expires_at <= mine.clock.now() < held.expires_at + AGAIN


def test_one_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND), dead=True)
    taken_by_another(mine)
    with only_writer(mine):
        assert mine.clock.now() == SECOND


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    """They have one holder, which would take its own lease again and leave the other thread without."""
    mine = writing(tmp_path, VirtualClock(SECOND), patience=20 * SECOND)
    inside, most, lock = [0], [0], threading.Lock()

    def work() -> None:
        with only_writer(mine):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.02)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == [1]


def test_a_thread_whose_turn_does_not_come_is_refused(tmp_path: Path) -> None:
    mine = writing(tmp_path, VirtualClock(SECOND))
    said: list[str] = []

    def late() -> None:
        try:
            with only_writer(mine):
                said.append("worked")
        except Refused as error:
            said.append(str(error))

    with only_writer(mine):
        thread = threading.Thread(target=late)
        thread.start()
        thread.join()
    assert said == ["another cycle of this process is still at work; wait for its end"]


def test_it_is_renewed_while_the_work_lasts(tmp_path: Path) -> None:
    leases = Leases(open_journal(tmp_path / "journal.sqlite").engine)
    mine = Writing(leases, this_process(), is_gone, SystemClock(), 300_000, 0)
    with only_writer(mine) as lease:
        for _ in range(200):
            held = leases.current(NAME)
            assert held is not None
            if held.expires_at > lease.expires_at:
                break
            threading.Event().wait(0.01)
        else:
            pytest.fail("it was never renewed")


def test_a_process_knows_itself_from_a_later_one_with_its_number() -> None:
    me = this_process()
    assert not is_gone(me)
    assert is_gone(Holder(me.host, me.boot, me.pid, me.started - 1))
    assert is_gone(Holder(me.host, "another boot", me.pid, me.started))
    assert is_gone(Holder(me.host, me.boot, 2**22 + 1, me.started))
    assert not is_gone(Holder("another machine", "another boot", me.pid, me.started)), "of that nothing is known"
