"""Two processes that want to trade: only one orders, and who has slept through its lease sends nothing more."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from canary import assert_absent
from exchange_process import Simulator, exchange_process
from fault_scenes import ACCOUNT, PATHS, SCRIPT, Ended, judged, run_jobs
from processes import eventually

SENT = ("POST", "DELETE")


def test_fault_20_two_cycles_at_once_make_one_order(tmp_path: Path) -> None:
    """One waits until the other has done, and finds nothing left to do; one that does not wait refuses."""
    with exchange_process(*ACCOUNT) as simulator:
        job = {"home": str(tmp_path / "home"), "url": simulator.url, "acts": ["enter"], "together": True}
        ended = run_jobs([{**job, "lease_wait": 60.0}, {**job, "lease_wait": 60.0}, job])
        assert [one.status for one in ended] == [0, 0, 0]
        assert [one.said for one in ended[:2]] == ["done", "done"]
        assert ended[2].said.startswith(("done", "Refused"))
        (last,) = run_jobs([{**job, "keep": True}])
        entries = [one for one in simulator.control("orders") if one["side"] == "BUY"]
    assert last == Ended(0, "done")
    assert len(entries) == len({one["client_id"] for one in entries}) == 2, "two slices, each of them once"
    assert list(judged(tmp_path / "home")) == []
    assert_absent([tmp_path])


@pytest.mark.parametrize("label", ["admitted entry", pytest.param("sent entry", marks=pytest.mark.faults)])
def test_fault_20_one_that_stood_still_until_its_lease_was_over_sends_nothing_when_it_wakes_up(
    label: str, tmp_path: Path
) -> None:
    with exchange_process(*ACCOUNT) as simulator:
        _sleep_through(simulator, {"home": str(tmp_path / "home"), "url": simulator.url, "acts": ["enter"]}, label)
    assert_absent([tmp_path])


def _sleep_through(simulator: Simulator, job: dict[str, Any], label: str) -> None:
    sleeper = begin({**job, "label": label, "signal": "STOP", "lease_seconds": 2.0})
    try:
        child = _stopped_child(sleeper)
        begun = len(simulator.control("log"))
        # Alive and silent: it is only the lease's end that lets another one take over.
        (other,) = run_jobs([{**job, "lease_wait": 30.0, "keep": True}])
        assert other == Ended(0, "done")
        slept = len(simulator.control("log"))
        assert slept > begun
        os.kill(child.pid, signal.SIGCONT)
        said, errors = sleeper.communicate(timeout=300)
    finally:
        sleeper.kill()
        sleeper.wait()
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["said"].partition(":")[0] for line in lines if "said" in line] == ["Refused"], (said, errors)
    woken = simulator.control("log", since=slept)
    assert [(one["method"], one["path"]) for one in woken if one["method"] in SENT] == []
    assert list(judged(Path(job["home"]))) == []


def begin(job: dict[str, Any]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), json.dumps([job])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _stopped_child(parent: "subprocess.Popen[str]") -> psutil.Process:
    found: list[psutil.Process] = []

    def is_stopped() -> bool:
        assert parent.poll() is None, parent.communicate()
        found[:] = psutil.Process(parent.pid).children()
        return any(one.status() == psutil.STATUS_STOPPED for one in found)

    eventually(is_stopped)
    return found[0]
