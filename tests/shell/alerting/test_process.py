"""The dispatcher as a real process: alerts arrive, kills lose nothing, it ends in time, trading never waits for it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alert_receivers import Receiver, receiving
from processes import ROOT, eventually

from data.journal import AlertLog, Deliveries, Heartbeats, Journal, open_journal
from data.journal.alert_log import id_of
from tasks.bootstrap import journal_place
from tasks.session.alerting import ALERTS

pytestmark = pytest.mark.monitoring

KEY = "canary0key0canary0key0canary"
WEBHOOK = {"LEAST": "info", "QUIET": "false", "ESCALATION": "false"}


@dataclass(slots=True)
class Home:
    """Where the dispatcher is at work, and who receives."""

    path: Path
    told: Receiver
    env: dict[str, str]

    @property
    def journal(self) -> Journal:
        return open_journal(journal_place(self.path))

    def keel(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "flows.cli", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=60, check=False)

    @contextlib.contextmanager
    def alerting(self) -> Iterator["subprocess.Popen[str]"]:
        command = [sys.executable, "-m", "tasks.alerting"]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, text=True, **pipes)  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with receiving() as told:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KEEL_")},
            "KEEL_HOME": str(tmp_path),
            **{f"KEEL_ALERTS__CHANNELS__WEBHOOK__{name}": value for name, value in WEBHOOK.items()},
            "KEEL_ALERTS__POLL_SECONDS": "0.1",
            "KEEL_ALERTS__FIRST_PAUSE_SECONDS": "0.2",
            "KEEL_ALERTS__LONGEST_PAUSE_SECONDS": "0.5",
            "WEBHOOK_URL": f"{told.url}/{KEY}",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        yield Home(tmp_path, told, env)


def _raise(home: Home, *keys: str) -> None:
    for key in keys:
        home.journal.raise_alert(key, "error", f"text of {key}", time.time_ns() // 1000)


def test_it_tells_goes_on_after_a_kill_and_ends_in_time(home: Home) -> None:
    _raise(home, "session a")
    with home.alerting() as process:
        eventually(lambda: len(home.told.got) == 1)
        began = time.monotonic()
        _raise(home, "gap b")
        eventually(lambda: len(home.told.got) == 2)
        assert time.monotonic() - began < 200.0
        assert home.told.titles == [
            "[ERROR] A bar of the session was not decided",
            "[ERROR] Live and simulated results differ beyond the limit",
        ]
        second = subprocess.run(
            [sys.executable, "-m", "tasks.alerting"],
            cwd=ROOT,
            env=home.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, "dispatched already" in second.stderr) == (3, True)
        beat = Heartbeats(home.journal.engine).last(ALERTS)
        assert beat is not None
        assert beat.holder.pid == process.pid
        process.kill()
    home.told.status = 500
    _raise(home, "session c", "gap d")
    with home.alerting() as process:
        eventually(lambda: Deliveries(home.journal.engine).states()["webhook"].failures > 0)
        process.kill()
    home.told.status = 200
    with home.alerting() as process:
        eventually(
            lambda: {"text of session c", "text of gap d"} <= {one.splitlines()[0] for one in home.told.texts}, 300.0
        )
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(300.0) == 0
        assert time.monotonic() - began < 40.0
        assert process.stderr is not None
        assert KEY not in process.stderr.read()
    firsts = [one.splitlines()[0] for one in home.told.texts if one.startswith("text of")]
    assert sorted(firsts) == ["text of gap b", "text of gap d", "text of session a", "text of session c"], "none twice"
    for path in (home.path / "state").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_trading_does_not_wait_for_a_dead_receiver(home: Home) -> None:
    home.told.before = 60.0
    _raise(home, *(f"session {number}x" for number in range(20)))
    journal = home.journal
    with home.alerting() as process:
        eventually(lambda: Heartbeats(journal.engine).last(ALERTS) is not None)
        took = []
        for number in range(100):
            began = time.perf_counter()
            journal.raise_alert(f"gap {number}x", "error", "x", time.time_ns() // 1000)
            took.append(time.perf_counter() - began)
        assert max(took) < 15.0, "a write of the journal waits for a short transaction at most"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(300.0) == 0
        assert time.monotonic() - began < 40.0, "it does not wait for the receiver either"


def test_the_command(home: Home) -> None:
    _raise(home, "gap a", "session b")
    listed = json.loads(home.keel("alerts", "--json").stdout)
    assert {one["kind"] for one in listed} == {"gap-beyond", "session-failed"}
    assert home.keel("alerts", "acknowledge", id_of("gap a")).returncode == 2, "without --why"
    done = home.keel("alerts", "acknowledge", id_of("gap a"), "--why", "looking", "--who", "me", "--json")
    assert json.loads(done.stdout)[0]["acknowledged_by"] == "me"
    left = json.loads(home.keel("alerts", "list", "--open", "--json").stdout)
    assert [one["kind"] for one in left] == ["session-failed"]
    assert len(AlertLog(home.journal.engine).alerts(10)) == 2
    tested = home.keel("alerts", "test", "--json")
    ok = [{"channel": name, "ok": True, "error": None} for name in ("log", "webhook")]
    assert (tested.returncode, json.loads(tested.stdout)) == (0, ok)
    assert home.told.titles == ["[INFO] Keel: test of the alerts"]
    home.told.status = 500
    failed = home.keel("alerts", "test", "--json")
    assert (failed.returncode, json.loads(failed.stdout)[1]["ok"]) == (1, False)
    assert home.keel("alerts", "test", "--channel", "pigeon").returncode == 2
    assert KEY not in failed.stdout + failed.stderr
