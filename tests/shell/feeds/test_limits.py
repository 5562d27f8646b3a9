"""The request budget: one for all processes, and a ban that none of them breaks."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from venues.base import Loopback
from venues.binance import Binance
from venues.cases import CASES, Case, build, name_of
from venues.kraken import Kraken
from venues.tape import FIRST, HOUR_MS, Tape, hours

from conf.home import PROJECT
from models.types import Unavailable
from tasks.adapters.clocks import VirtualClock
from tasks.adapters.feeds import BUILDERS
from tasks.adapters.venues import Access, Limits
from tasks.adapters.venues.headers import ban_end, venue_time
from tasks.ports import Feed

SECOND = 1_000_000
PATIENT = 30 * SECOND
Serve = Callable[[Loopback, int], Access]


def _now() -> int:
    return time.time_ns() // 1000


def test_slots_are_spaced(tmp_path: Path) -> None:
    limits, begin = Limits(tmp_path / "limits.sqlite"), time.monotonic()
    for _ in range(4):
        limits.wait("binance", 50_000_000, PATIENT)  # a thousandth of it: 50 ms
    assert 0.15 <= time.monotonic() - begin < 50.0


def test_each_venue_has_its_own(tmp_path: Path) -> None:
    limits, begin = Limits(tmp_path / "limits.sqlite"), time.monotonic()
    limits.wait("binance", 3600 * SECOND, PATIENT)
    limits.wait("kraken", 3600 * SECOND, PATIENT)
    assert time.monotonic() - begin < 50.0


def test_a_long_ban_is_an_error_that_says_until_when(tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits.sqlite")
    limits.ban("binance", 4_102_444_800 * SECOND)
    limits.ban("binance", _now() + SECOND)  # a shorter one does not lift it
    with pytest.raises(Unavailable, match="binance asked to be left alone until 2100-01-01T00:00:00Z"):
        limits.wait("binance", 0, PATIENT)
    limits.wait("kraken", 0, PATIENT)


def test_a_short_ban_is_waited_for(tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits.sqlite")
    until = _now() + 300_000
    limits.ban("binance", until)
    limits.wait("binance", 0, PATIENT)
    assert _now() >= until


def test_a_ban_that_comes_while_waiting_is_kept(tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits.sqlite")
    limits.wait("binance", 500_000_000, PATIENT)  # the next slot is 500 ms away
    later = threading.Timer(0.1, limits.ban, ("binance", _now() + 3600 * SECOND))
    later.start()
    with pytest.raises(Unavailable, match="left alone"):
        limits.wait("binance", 0, PATIENT)
    later.join()


def test_a_clock_that_was_set_back_does_not_stop_everything(tmp_path: Path) -> None:
    limits, begin = Limits(tmp_path / "limits.sqlite"), time.monotonic()
    limits.wait("binance", 7200_000 * SECOND, PATIENT)  # the next slot is two hours away
    limits.wait("binance", 0, PATIENT)
    assert time.monotonic() - begin < 50.0


def test_a_budget_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"the request budget .* cannot be used"):
        Limits(tmp_path / "file" / "limits.sqlite").wait("binance", 0, PATIENT)
    (tmp_path / "limits.sqlite").write_bytes(b"no database at all, but long enough to be read as one" * 20)
    with pytest.raises(Unavailable, match="delete the file: nothing but waiting times is in it"):
        Limits(tmp_path / "limits.sqlite").wait("binance", 0, PATIENT)


def test_a_busy_budget_is_waited_for(tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits.sqlite")
    limits.wait("binance", 0, PATIENT)
    code = "import sqlite3, sys, time; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
    code += "held.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(0.4); held.execute('COMMIT')"
    other = subprocess.Popen([sys.executable, "-c", code, str(limits.path)], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline()
    begin = time.monotonic()
    limits.wait("binance", 0, PATIENT)
    assert time.monotonic() - begin > 0.2
    other.communicate(timeout=300)


FORK = """
import os, sys
from pathlib import Path
from tasks.adapters.venues.limits import Limits
limits, patient = Limits(Path(sys.argv[1])), PATIENT
limits.wait("binance", 0, patient)
before = limits._own.held
child = os.fork()
if child == 0:
    limits.wait("binance", 0, patient)
    os._exit(0 if limits._own.held is not before else 3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
limits.wait("binance", 0, patient)
"""


def test_a_fork_opens_its_own_connection(tmp_path: Path) -> None:
    """In a process of its own: one that has run thousands of tests may have mapped more than the system lets a fork
    have again.
    """
    code = FORK.replace("PATIENT", repr(PATIENT))
    arguments = [sys.executable, "-c", code, str(tmp_path / "limits.sqlite")]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr


SLOTS = """
import sys, time
from pathlib import Path
from tasks.adapters.venues.limits import Limits
limits = Limits(Path(sys.argv[1]))
limits.wait("warm", 0, 0)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(15):
    limits.wait("venue", 20_000, 0)
    print(time.time_ns() // 1000, flush=True)
"""


def test_two_processes_share_one_budget(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", SLOTS, str(tmp_path / "limits.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": PROJECT}
    both = [subprocess.Popen(arguments, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    for one in both:
        assert one.stdout.readline() == "ready\n"
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    stamps = [[int(line) for line in one.communicate(timeout=300)[0].split()] for one in both]
    together = sorted(stamps[0] + stamps[1])
    assert len(together) == 30
    assert together[-1] - together[0] >= 29 * 20_000 - 15_000
    assert min(stamps[1]) < max(stamps[0])  # they ran at the same time
    with sqlite3.connect(tmp_path / "limits.sqlite") as held:
        (mode,) = held.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"


READER = """
import sys
from pathlib import Path
from tasks.adapters.clocks import FixedClock
from tasks.adapters.feeds import BUILDERS, build_any_venue
from tasks.adapters.venues import Access, Limits
name, url, home, now, symbol, timeframe, since = sys.argv[1:]
from venues.alpaca import KEY, SECRET
from tasks.adapters.venues import Keys
from pydantic import SecretStr
keys = Keys(SecretStr(KEY), SecretStr(SECRET)) if name == "alpaca" else None
access = Access(FixedClock(int(now)), Limits(Path(home)), url=url, keys=keys, attempts=1)
try:
    print(sum(len(page.bars) for page in BUILDERS[name](access).pages(symbol, timeframe, int(since))))
except Exception as error:
    print(type(error).__name__, error)
"""


def _other_process(case: Case, access: Access) -> str:
    names = [name_of(case), str(access.url), str(access.limits.path), str(access.clock.now())]
    return subprocess.run(
        [sys.executable, "-c", READER, *names, case.symbol, case.timeframe, str(FIRST * 1000)],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": f"{PROJECT}:{PROJECT / 'tests' / 'support'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.strip()


@pytest.mark.parametrize("name", ["binance", "cryptocompare"])
def test_a_ban_of_one_process_is_kept_by_another(name: str, serve: Serve) -> None:
    case = next(one for one in CASES if one.name == name)
    told = case.server(tape=case.tape(50), faults=[200, 429] if name == "binance" else [429], retry_after="3600")
    access = serve(told, FIRST + 50 * case.step - 1)
    begin = _now()
    with pytest.raises(Unavailable, match="left alone until"):
        list(build(case, access).pages(case.symbol, case.timeframe, FIRST * 1000))
    asked = len(told.asked)
    assert asked == (2 if name == "binance" else 1)
    assert 3590 * SECOND < access.limits.banned_until(name) - begin < 3610 * SECOND
    said = _other_process(case, access)
    assert said.startswith(f"Unavailable {name} asked to be left alone until")
    assert len(told.asked) == asked


@pytest.mark.parametrize("status", [418, 429])
def test_no_request_is_made_inside_the_window(status: int, case: Case, told: Loopback, feed: Feed) -> None:
    told.fault_path, told.faults, told.retry_after = case.data, [status], "0.4"
    since = case.candles()[-10].begin * 1000
    assert sum(len(page.bars) for page in feed.pages(case.symbol, case.timeframe, since)) == 10
    first, second = told.of(case.data)[:2]
    assert second.at - first.at >= 0.39


def test_a_body_that_says_too_many_requests_counts_as_a_ban(serve: Serve) -> None:
    class Busy(Kraken):
        def answer(self, *_: object) -> object:
            return {"error": ["EAPI:Rate limit exceeded"]}

    access = replace(serve(Busy(), FIRST), attempts=1)
    begin = _now()
    with pytest.raises(Unavailable, match="DDoSProtection"):
        list(BUILDERS["kraken"](access).pages("BTC/USD", "1h", None))
    assert access.limits.banned_until("kraken") >= begin + 4 * SECOND


def test_what_nobody_used_may_be_used_at_once_and_no_more(tmp_path: Path) -> None:
    clock = VirtualClock(1_000 * SECOND)
    limits = Limits(tmp_path / "limits.sqlite", clock)
    for _ in range(5):
        limits.wait("binance", 1_000 * SECOND, PATIENT, 5 * SECOND)  # a thousandth of it: a second
    burst = clock.now() - 1_000 * SECOND
    for _ in range(5):
        limits.wait("binance", 1_000 * SECOND, PATIENT, 5 * SECOND)
    assert burst == 0
    assert 3 * SECOND <= clock.now() - 1_000 * SECOND <= 5 * SECOND


def test_ccxt_waits_for_the_shared_budget_only(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[str, int]] = []
    monkeypatch.setattr(Limits, "wait", lambda _self, venue, spacing, *_: waits.append((venue, spacing)))
    access = serve(Binance(tape=hours(20)), FIRST + 20 * HOUR_MS - 1)
    list(BUILDERS["binance"](access).pages("BTC/USDT", "1h", FIRST * 1000))
    # exchangeInfo weighs 20 and klines 2 of 6,000 a minute.
    assert waits == [("binance", 220_000), ("binance", 22_000)]


def test_how_long_a_ban_lasts() -> None:
    now = 1_588_334_400 * SECOND
    assert ban_end(429, "17", now) == now + 17 * SECOND
    assert ban_end(429, "1.5", now) == now + SECOND * 3 // 2
    assert ban_end(418, "Fri, 01 May 2020 12:01:00 GMT", now) == now + 60 * SECOND
    assert ban_end(429, None, now) == now + 5 * SECOND
    assert ban_end(418, "soon", now) == now + 120 * SECOND


def test_what_time_it_is_at_the_venue() -> None:
    now = 1_588_334_400 * SECOND
    assert venue_time("Fri, 01 May 2020 12:00:00 GMT", None) == now
    assert venue_time("Fri, 01 May 2020 11:59:00 GMT", "60") == now
    assert venue_time("noon", "60") is None
    assert venue_time(None, "60") is None


def test_the_tape_is_what_it_says() -> None:
    tape = Tape(((0, 2 * HOUR_MS), (5 * HOUR_MS, 6 * HOUR_MS)))
    assert [one.begin // HOUR_MS for one in tape.candles(HOUR_MS, 0, 10 * HOUR_MS)] == [0, 1, 5]


FIRST_LOOKS = """
import multiprocessing, sys
from pathlib import Path
from tasks.adapters.venues.limits import Limits

def look(path, begin):
    limits = Limits(path)
    begin.wait()
    limits.banned_until("venue")

fork = multiprocessing.get_context("fork")
failed = 0
for number in range(40):
    begin, path = fork.Barrier(4), Path(sys.argv[1]) / f"{number}.sqlite"
    running = [fork.Process(target=look, args=(path, begin)) for _ in range(4)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    failed += any(one.exitcode for one in running)
sys.exit(failed)
"""


def test_processes_that_make_the_file_at_the_same_moment_all_can(tmp_path: Path) -> None:
    """Forked from a process of their own, as in the test of the fork above."""
    arguments = [sys.executable, "-c", FIRST_LOOKS, str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=PROJECT)
    assert (done.returncode, done.stderr) == (0, "")
