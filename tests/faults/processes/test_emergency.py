"""`keel stop`, `keel resume` and `keel flatten` as real processes at a simulated exchange, with all else down."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from exchange_process import Simulator, exchange_process
from fault_scenes import PATHS
from live_homes import LiveHome, live_home
from processes import ROOT, eventually

from data.journal import AuditKind, AuditLog, Journal, OrderLog, open_journal
from models.types.wire import OrderState
from tasks.bootstrap import journal_place

KEYS = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET)
SETTINGS = {
    "KEEL_EXECUTION__LEASE_SECONDS": "5.0",
    "KEEL_EXECUTION__LEASE_WAIT_SECONDS": "1.0",
    "KEEL_EXECUTION__SETTLE_SECONDS": "1.0",
    "KEEL_EXECUTION__POLL_SECONDS": "0.2",
}
TRADER = ROOT / "tests" / "support" / "silent_trader.py"
# A machine that was started anew: the same command under another boot id.
ANEW = """
import runpy, sys
from pathlib import Path
from tasks.adapters import holder
holder.BOOT_ID = Path(sys.argv[1])
sys.argv = sys.argv[2:]
if sys.argv[0].endswith(".py"):
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
BROKEN = ("prefect", "mlflow", "duckdb", "matplotlib", "fastapi")
DOWN = {"fault": "refuse", "times": None}
HANGS = {"fault": "hang_after", "method": "POST", "path": "/api/v3/order"}


@dataclass(frozen=True, slots=True)
class Place:
    """A live home at an exchange; `boot` is the boot id of a later start of the machine."""

    home: LiveHome
    simulator: Simulator
    journal: Journal
    boot: Path

    def keel(
        self, *arguments: str, anew: bool = False, broken: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        head = ("-c", ANEW, str(self.boot), "flows.keel") if anew else ("-m", "flows.keel")
        return self._run((*head, *arguments), broken)

    def said(self, *arguments: str, anew: bool = False, broken: Path | None = None) -> dict[str, Any]:
        done = self.keel(*arguments, "--json", anew=anew, broken=broken)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def wants_more(self) -> dict[str, Any]:
        """What came of another entry, by a process of the machine that was started anew."""
        with self.trader(anew=True) as process:
            assert process.stdout is not None
            found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    @contextmanager
    def trader(self, anew: bool = False) -> "Iterator[subprocess.Popen[str]]":
        """One that sends an entry, until the end of the context: SIGKILL."""
        command = [sys.executable, *(("-c", ANEW, str(self.boot)) if anew else ()), str(TRADER), "beats"]
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def open_orders(self) -> set[str]:
        """Client ids of what stands at the exchange."""
        every = self.simulator.control("orders")
        return {one["client_id"] for one in every if one["status"] in ("NEW", "PARTIALLY_FILLED")}

    def _run(self, command: tuple[str, ...], broken: Path | None) -> "subprocess.CompletedProcess[str]":
        environment = self._environment(broken)
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _environment(self, broken: Path | None = None) -> dict[str, str]:
        paths = [*([] if broken is None else [str(broken)]), *PATHS]
        return {**os.environ, **self.home.environment, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("emergency")
    (folder / "boot").write_text("another start of this machine\n")
    with exchange_process(*KEYS) as simulator:
        home = live_home(folder / "home", {"url": simulator.url, "feed": "none", "sandbox": "true"})
        home.environment.update(SETTINGS)
        simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
        home.confirm()
        yield Place(home, simulator, open_journal(journal_place(home.folder)), folder / "boot")
        assert_absent([home.folder], [])


@pytest.fixture(scope="module")
def stopped(place: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """(the stop of a position, an entry in flight) where trading was stopped with the exchange down, and everything
    was killed.
    """
    (wanted,) = [one["id"] for one in place.home.trade()["intents"]]
    stop = f"{wanted}-s1"
    assert place.open_orders() == {stop}
    place.simulator.control("fault", **HANGS)
    with place.trader():
        eventually(lambda: len(place.open_orders()) == 2)
    (flying,) = place.open_orders() - {stop}
    flown = OrderLog(place.journal.engine).order(flying)
    assert flown is not None
    assert flown.state is OrderState.SENT, "accepted there, and nobody here knows"
    place.simulator.control("clear_faults")
    place.simulator.control("fault", **DOWN)
    folder = tmp_path_factory.mktemp("broken")
    for name in BROKEN:
        (folder / f"{name}.py").write_text(f"raise ImportError('{name} is broken')\n")
    said = place.said("stop", "a", "drill", "--who", "ann", broken=folder)
    assert (said["stopped"], said["reason"], said["level"], said["who"]) == (True, "a drill", "pause", "ann")
    parts = {one["name"]: one["ok"] for one in said["components"]}
    assert parts == {"file": True, "journal": True, "entries": False, "stops": False}
    assert (said["standing"], said["cancelled"], said["stage"]) == ([flying], [], "live")
    return stop, flying


def test_it_survives_kill_9_and_a_new_start_and_lets_nothing_in(place: Place, stopped: tuple[str, str]) -> None:
    assert place.open_orders() == set(stopped)
    place.simulator.control("clear_faults")  # the exchange is back, and what stands there is not yet taken back
    found = place.wants_more()
    assert found["state"] == "rejected", found
    assert "gate: stopped" in found["why"]
    assert "a drill" in found["why"]
    status = place.said("status", anew=True)
    assert (status["stopped"], status["reason"]) == (True, "a drill")


def test_the_entries_go_once_the_exchange_is_back_and_the_stop_rests(place: Place, stopped: tuple[str, str]) -> None:
    place.simulator.control("clear_faults")
    stop, flying = stopped
    said = place.said("stop", "again", anew=True)
    assert (said["cancelled"], said["standing"], said["reason"]) == ([flying], [], "a drill")
    assert all(one["ok"] for one in said["components"])
    assert place.open_orders() == {stop}
    kinds = [one.kind for one in AuditLog(place.journal.engine).entries()]
    assert kinds.count(AuditKind.STOPPED) == 1


@pytest.mark.slow
def test_a_person_walks_the_steps_then_trading_goes_on_and_is_sold_out(place: Place, stopped: tuple[str, str]) -> None:
    place.simulator.control("clear_faults")
    unsaid = place.keel("resume", "--why", "a drill it was", "--reviewed", "--json")
    assert unsaid.returncode == 3
    assert "RESUME binance" in json.loads(unsaid.stdout)["error"]
    for number in (1, 2, 3):
        assert f"{number} " in unsaid.stderr
    place.simulator.control("fault", **DOWN)
    silent = place.keel("resume", "--why", "a drill it was", "--reviewed", "--phrase", "RESUME binance", "--json")
    assert silent.returncode == 3
    assert "trading stays stopped" in json.loads(silent.stdout)["error"]
    place.simulator.control("clear_faults")
    said = place.said("resume", "--why", "a drill it was", "--reviewed", "--phrase", "RESUME binance", "--who", "ann")
    assert (said["stopped"], said["flag"], [one["number"] for one in said["steps"]]) == (
        False,
        "a drill",
        [1, 2, 3, 4, 5],
    )
    assert all(one["ok"] for one in said["steps"])
    assert place.journal.stop() is None
    assert place.wants_more()["state"] == "open"
    assert len(place.open_orders()) == 2
    flat = place.said("flatten", "enough")
    assert (flat["level"], len(flat["cancelled"]), flat["standing"], len(flat["sold"])) == ("flatten", 1, [], 1)
    assert place.open_orders() == set()
    assert float(place.simulator.control("snapshot")["balances"].get("BTC", 0)) * float(place.home.price) < 10.0
    newest = AuditLog(place.journal.engine).entries()[-1]
    assert (newest.kind, newest.why) == (AuditKind.FLATTENED, "enough")
    assert {one["means"] for one in newest.detail["left"]} <= {"dust"}
    assert place.said("flatten", "enough")["sold"] == []
