"""A day of a session on a virtual clock: bars over real sockets, some late, some missing, one kill in the middle.
Memory and connections stay as they are, and what was decided equals the backtest of the same tape to the bit.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from day_process import SYMBOL, settings_of
from lakes import memory_folder
from processes import ROOT
from synthetic import START, swinging_bars, train_routed

from data.journal import SessionLog
from models.types import Series, bar_micros
from tasks.bootstrap import build_desk, build_journal
from tasks.session.intake import take_in_archive
from tasks.session.parity import hold_against_backtest

# Tails are fitted to days, of which small bars make few.
HISTORY = {"15m": 3000, "5m": 3000, "1m": 14_400}
MEGABYTE = 1 << 20
# Measurements until everything that is made once is there (of a long day a third: the allocator finds its size slowly),
# and those of which the middle is taken.
WARM = 8
WINDOW = 4
# The allocator gives back when it likes: from one bar to the next a process is 20 MB larger or smaller.
GROWTH_MB = 32.0
# What is remembered of the last manifests, and then no more.
OBJECTS = 3000
# Two threads that write at the same moment make the journal's pool open one more connection, of two files; the planted
# leaks keep dozens.
POOL = 4
REASONS = {"memory": "MB more", "objects": "< 3000", "socket": "fds", "sqlite": "fds"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle(tmp_path_factory.mktemp("day") / "home", "15m")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory, where there is such a place: a day of commits waits for no disk."""
    with TemporaryDirectory(dir=memory_folder(), prefix="keel-day-") as name:
        yield Path(name)


def settle(home: Path, timeframe: str) -> Path:
    """A home whose book's model was trained on the bars before the day."""
    with pytest.MonkeyPatch.context() as patch:
        job = {"home": str(home), "timeframe": timeframe}
        for name, text in settings_of(job, "http://127.0.0.1:9").items():
            patch.setenv(name, text)
        desk = build_desk()
        series = Series("binance", SYMBOL, timeframe)
        take_in_archive(desk, series, swinging_bars(1, HISTORY[timeframe], step=bar_micros(timeframe)))
        train_routed(desk, series)
    return home


def job_of(home: Path, timeframe: str, bars: int, **changed: Any) -> dict[str, Any]:
    job = {
        "home": str(home),
        "timeframe": timeframe,
        "history": HISTORY[timeframe],
        "bars": bars,
        "delays": {},
        "begin": 1.0,
        "until": bars - 1,
        "kill": None,
        "every": 5 if bars > 100 else 3,
        "leak": "",
    }
    return job | changed


def run(job: dict[str, Any], timeout: float = 3000) -> "subprocess.CompletedProcess[str]":
    code = [sys.executable, str(ROOT / "tests" / "support" / "day_process.py"), json.dumps(job)]
    path = os.pathsep.join(str(ROOT / one) for one in (".", "tests/support", "tests/simulator"))
    env = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(code, env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def finished(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def growth(measured: list[dict[str, int]], name: str) -> float:
    """From the window after the warm-up to the last one."""
    series = [one[name] for one in measured[max(WARM, len(measured) // 3) :]]
    return statistics.median(series[-WINDOW:]) - statistics.median(series[:WINDOW])


def kept(measured: list[dict[str, int]], name: str) -> int:
    """How many more there are at the end than there ever were right after the warm-up."""
    series = [one[name] for one in measured[WARM:]]
    return min(series[-WINDOW:]) - max(series[:WINDOW])


def assert_flat(measured: list[dict[str, int]]) -> None:
    assert growth(measured, "rss") < GROWTH_MB * MEGABYTE, f"{growth(measured, 'rss') / MEGABYTE:.1f} MB more"
    assert growth(measured, "objects") < OBJECTS, [one["objects"] for one in measured]
    for name in ("fds", "sockets", "sqlite", "threads"):
        assert kept(measured, name) <= POOL, f"{name}: {[one[name] for one in measured]}"


def play_day(template: Path, home: Path, timeframe: str, bars: int) -> dict[str, Any]:
    """The whole day with everything that happens in it; what the second process measured."""
    shutil.copytree(template, home)
    third = bars // 3
    # Late but in time; later than the patience; never.
    delays = {str(k): 9.0 for k in range(5, bars, 29)} | {str(k): 400.0 for k in range(17, bars, 61)}
    delays |= {str(k): None for k in range(31, bars, 83)}
    kill = next(k for k in range(third, bars) if str(k) not in delays)
    killed = run(job_of(home, timeframe, bars, delays=delays, kill=kill))
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    step = bar_micros(timeframe) / 1e6
    # The machine is back after three bars.
    found = finished(run(job_of(home, timeframe, bars, delays=delays, begin=(kill + 4) * step + 50.0)))
    assert found["crashed"]
    assert found["why"] == "its time was over"
    with pytest.MonkeyPatch.context() as patch:
        for name, text in settings_of({"home": str(home), "timeframe": timeframe}, "http://127.0.0.1:9").items():
            patch.setenv(name, text)
        assert_whole(home, timeframe, bars, kill, delays)
    return found


def assert_whole(home: Path, timeframe: str, bars: int, kill: int, delays: dict[str, float | None]) -> None:
    desk = build_desk()
    journal, step = build_journal(desk), bar_micros(timeframe)
    day = START + HISTORY[timeframe] * step
    log = SessionLog(journal.engine)
    first, second = log.runs()
    assert first.ended_at is None
    assert second.ended_at is not None
    assert first.campaign == second.campaign
    became: dict[int, str] = {}
    for event in [*log.events(first.id or 0), *log.events(second.id or 0)]:
        if event.bar is not None:
            number = (event.bar - day) // step
            assert number not in became, f"bar {number} has two lines"
            became[number] = f"{event.kind.value}: {event.reason.partition(':')[0]}"
    decided = {(one.bar - day) // step for one in journal.decisions_of(first.book)}
    # The bar of the kill was decided, and its line is the next process's.
    assert set(became) == set(range(-1, bars))
    assert {k for k, said in became.items() if said.startswith("decided")} == decided
    assert kill in decided
    away = {k for k, said in became.items() if said in ("skipped: missed", "skipped: late")}
    assert away == {kill + 1, kill + 2, kill + 3}
    absent = {int(k) for k, delay in delays.items() if delay is None or delay > 60.0} - away
    assert {k for k, said in became.items() if said == "skipped: no answer"} == absent
    assert decided == set(range(-1, bars)) - away - absent
    parity = hold_against_backtest(desk, journal)
    assert parity.equal, parity.first_difference
    assert parity.orders > 5
    assert parity.missed >= len(away)


def test_a_day_of_quarter_hours(template: Path, folder: Path) -> None:
    found = play_day(template, folder / "home", "15m", 96)
    assert_flat(found["measured"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["memory", "objects", "socket", "sqlite"])
def test_a_planted_leak_is_noticed(template: Path, folder: Path, kind: str) -> None:
    home = shutil.copytree(template, folder / "home")
    found = finished(run(job_of(home, "15m", 64, every=3, leak=kind)))
    with pytest.raises(AssertionError, match=REASONS[kind]):
        assert_flat(found["measured"])


@pytest.mark.slow
@pytest.mark.timeout(6000)
@pytest.mark.parametrize(("timeframe", "bars"), [("5m", 288), ("1m", 1440)])
def test_a_day_of_minutes(folder: Path, timeframe: str, bars: int) -> None:
    """pytest -s shows the figures that docs/session.md has."""
    found = play_day(settle(folder / "template", timeframe), folder / "home", timeframe, bars)
    figures = {
        name: growth(found["measured"], name) for name in ("rss", "objects", "fds", "sockets", "sqlite", "threads")
    }
    print(
        json.dumps(
            figures
            | {"measurements": len(found["measured"]), "rss_mb": [one["rss"] >> 20 for one in found["measured"]]}
        )
    )
    assert_flat(found["measured"])
