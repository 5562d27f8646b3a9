"""The drill: what it says of steps, what it leaves in the journal, and that it leaves nothing else."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from processes import ROOT, eventually

from data.journal import AuditKind, AuditLog, Journal, open_journal
from models.types import Unavailable
from models.types.timeframes import DAY, HOUR
from tasks.adapters.clocks import SystemClock
from tasks.session.drilling import Drill, Step, last_drill, record, run_drill
from tasks.session.drilling.drill import NOT_REACHED, SETTINGS, _steps
from tasks.session.drilling.processes import processes, until
from tasks.session.drilling.scenes import Act
from tasks.session.health import _drill

GOOD = Step("frozen", 1.5, 12.0, True, "under token 3")
BAD = Step("killed", 12.1, 12.0, False, "the takeover did not happen within 12 s")
NOW = 1_800_000_000_000_000


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def carriers_below(folder: Path) -> list[psutil.Process]:
    """Processes whose home is in the folder."""
    found = []
    for one in psutil.process_iter():
        try:
            if one.environ().get("KEEL_HOME", "").startswith(str(folder)) and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.mark.parametrize(("steps", "passed"), [((), False), ((GOOD,), True), ((GOOD, BAD), False)])
def test_a_drill_passes_where_every_step_did(steps: tuple[Step, ...], passed: bool) -> None:
    assert Drill(NOW, steps).passed is passed


@pytest.mark.parametrize("steps", [(GOOD,), (GOOD, BAD)])
def test_the_journal_keeps_it_and_one_that_failed_is_an_alert(journal: Journal, steps: tuple[Step, ...]) -> None:
    assert last_drill(journal) is None
    drill = Drill(NOW, steps)
    record(Drill(NOW - DAY, (BAD,)), journal)
    before = len(journal.tables()["alerts_outbox"])
    record(drill, journal)
    assert last_drill(journal) == drill
    (_, row) = AuditLog(journal.engine).entries((AuditKind.DRILLED,), "")
    assert (row.detail["passed"], len(row.detail["steps"])) == (drill.passed, len(steps))
    alerts = journal.tables()["alerts_outbox"][before:]
    assert [one["severity"] for one in alerts] == ([] if drill.passed else ["critical"])
    assert all(BAD.why in one["text"] for one in alerts)


def test_after_a_step_that_failed_the_others_are_not_reached() -> None:
    reached: list[str] = []

    def failing() -> str:
        raise Unavailable("it did not happen")

    acts = [Act("a", 5.0, lambda: "fine"), Act("b", 5.0, failing), Act("c", 5.0, lambda: reached.append("c") or "")]
    found = list(_steps(acts, lambda _: None))
    assert [(one.passed, one.why) for one in found] == [
        (True, "fine"),
        (False, "it did not happen"),
        (False, NOT_REACHED),
    ]
    assert not reached


def test_a_step_that_is_done_too_late_has_failed() -> None:
    (found,) = _steps([Act("a", -1.0, lambda: "fine")], lambda _: None)
    assert (found.passed, found.why) == (False, "too late: fine")


class Standing:
    """As much of a desk as the component asks for."""

    def __init__(self, stage: str) -> None:
        self.loaded = type("Loaded", (), {"settings": type("Settings", (), {"stage": stage})})
        self.clock = type("Clock", (), {"now": staticmethod(lambda: NOW)})


@pytest.mark.monitoring
@pytest.mark.parametrize(
    ("stage", "drill", "ok"),
    [
        ("exploration", None, True),
        ("paper", None, False),
        ("live", None, False),
        ("paper", Drill(NOW - 3 * HOUR, (GOOD,)), True),
        ("micro", Drill(NOW - 2 * DAY, (GOOD,)), True),
        ("paper", Drill(NOW - 2 * DAY - 1, (GOOD,)), False),
        ("paper", Drill(NOW - 3 * HOUR, (GOOD, BAD)), False),
        ("exploration", Drill(NOW - 9 * DAY, (GOOD,)), True),
    ],
)
def test_status_says_when_it_was_and_what_came_of_it(
    journal: Journal, stage: str, drill: Drill | None, ok: bool
) -> None:
    if drill is not None:
        record(drill, journal)
    found = _drill(Standing(stage), journal)  # type: ignore[arg-type]
    assert (found.name, found.ok) == ("drill", ok)
    assert ("never" if drill is None else drill.sentence) in found.why


def test_processes_get_nothing_of_the_real_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEL_STAGE", "PREFECT_API_URL", "BINANCE_API_KEY", "BINANCE_SECRET_KEY"):
        monkeypatch.setenv(name, "the real one")
    with processes(tmp_path, SETTINGS) as running:
        child = running.begin(tmp_path / "home", "json.tool", "--help")
        found = running._environment(tmp_path / "home")
        child.process.wait(60)
    assert "the real one" not in found.values()
    assert (found["KEEL_STAGE"], found["KEEL_HOME"]) == ("paper", str(tmp_path / "home"))


def test_a_frozen_process_is_gone_with_the_others(tmp_path: Path) -> None:
    with processes(tmp_path, SETTINGS) as running:
        child = running.begin(tmp_path, "http.server", "0")
        child.process.send_signal(signal.SIGSTOP)
        until(lambda: psutil.Process(child.process.pid).status() == psutil.STATUS_STOPPED, 60.0, "the stop")
    assert child.process.returncode == -signal.SIGKILL


def test_a_killed_guardian_is_found_by_a_real_trader(scratch: Path) -> None:
    found = run_drill(SystemClock(), lambda _: None, ("unwatched",))
    assert found.passed, found.sentence
    assert [one.name for one in found.steps][2:] == ["guardian killed: the trader opens nothing and alerts"]
    assert not list(scratch.iterdir())
    assert not carriers_below(scratch)


@pytest.mark.slow
def test_the_whole_drill_passes_and_leaves_nothing(scratch: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "KEEL_HOME": str(tmp_path / "real"), "KEEL_STAGE": "paper"}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "drill", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["passed"]
    assert len(said["steps"]) == 11
    journal = open_journal(tmp_path / "real" / "state" / "journal.sqlite")
    drill = last_drill(journal)
    assert drill is not None
    assert drill.as_json() == said
    assert journal.stop() is None, "the real account is not stopped by a drill"
    assert not list(scratch.iterdir())
    assert not carriers_below(scratch)


# What a shell starts in the background is born deaf to it.
HEARS_SIGINT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from flows.cli import main
main()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing(scratch: Path, tmp_path: Path, how: signal.Signals) -> None:
    drill = subprocess.Popen(
        [sys.executable, "-c", HEARS_SIGINT, "drill", "--json"],
        cwd=ROOT,
        env={**os.environ, "KEEL_HOME": str(tmp_path / "real")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: bool(carriers_below(scratch)), 120)
        drill.send_signal(how)
        assert drill.wait(60) == 130
    finally:
        drill.kill()
        drill.wait()
    assert not carriers_below(scratch)
    assert not list(scratch.iterdir())
