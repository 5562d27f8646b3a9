"""`keel trade --session` as a process: interrupted it ends with its report, killed it leaves a crash and goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from later_home import settle_with_later
from processes import ROOT, eventually
from synthetic import SETTINGS

from data.journal import Heartbeats, SessionLog, open_journal
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import journal_place

FAST = {"KEEL_GUARDIAN__BEAT_SECONDS": "0.2", "KEEL_GUARDIAN__SILENCE_SECONDS": "5"}


def begun(home: Path, *more: str) -> "subprocess.Popen[str]":
    env = {**os.environ, **SETTINGS, **FAST, "KEEL_HOME": str(home), "KEEL_VENUES__BINANCE__FEED": "none"}
    asked = [sys.executable, "-m", "flows.cli", "trade", "--session", "--duration", "1d", *more]
    return subprocess.Popen(
        asked, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_interrupted_it_shows_its_report_and_killed_it_goes_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = settle_with_later(tmp_path_factory.mktemp("command") / "home", 0)
    shutil.rmtree(home / "state" / "models")
    engine = open_journal(journal_place(home)).engine
    hearts, log = Heartbeats(engine), SessionLog(engine)

    def waits() -> bool:
        beat = hearts.last("trader")
        return beat is not None and beat.detail.startswith("waits for the close")

    killed = begun(home)
    eventually(waits)
    killed.kill()
    killed.communicate()
    (crashed,) = log.runs()
    assert crashed.ended_at is None
    beat = hearts.last("trader")
    assert beat is not None
    assert beat.due_at is not None, "a promise that nobody keeps"
    eventually(lambda: beat.is_late(SystemClock().now()))
    again = begun(home, "--json")
    eventually(lambda: len(log.runs()) == 2 and waits() and not hearts.last("trader").is_late(SystemClock().now()))  # type: ignore[union-attr]
    again.send_signal(signal.SIGINT)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    report = json.loads(out)
    assert (report["crashes"], report["restarts"], report["ended"]) == (1, 1, "interrupted")
    assert report["bars"] == {"decided": 0, "skipped": 0, "failed": 0}
    assert "nothing was decided" in report["missing"]["sharpe"]
    last = hearts.last("trader")
    assert last is not None
    assert last.due_at is None
    assert log.runs()[-1].why == "interrupted"
