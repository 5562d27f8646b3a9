"""The guardian as a real process at a simulated exchange: a trader that falls silent, however it does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from exchange_process import Simulator, exchange_process
from fault_scenes import PATHS
from live_homes import LiveHome, live_home
from processes import ROOT, eventually

from data.journal import (
    GUARDIAN,
    AuditKind,
    AuditLog,
    Heartbeats,
    Journal,
    Leases,
    OrderLog,
    RiskKind,
    RiskLog,
    open_journal,
)
from data.journal.risk_records import RiskEvent
from models.types import Level
from tasks.bootstrap import journal_place

KEYS = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET)
SILENCE, SLACK = 1.0, 8.0
SETTINGS = {
    "KEEL_GUARDIAN__BEAT_SECONDS": "0.2",
    "KEEL_GUARDIAN__SILENCE_SECONDS": str(SILENCE),
    "KEEL_EXECUTION__LEASE_WAIT_SECONDS": "10.0",
    "KEEL_EXECUTION__SETTLE_SECONDS": "1.0",
    "KEEL_EXECUTION__POLL_SECONDS": "0.2",
}
SCRIPT = ROOT / "tests" / "support" / "silent_trader.py"
FORBIDDEN = {"prefect", "jax", "mlflow", "pandas", "keras", "xgboost", "sklearn"}
SENT = ("POST", "DELETE")
# The guardian as it runs, which says at its end what it has imported.
MODULES = """
import sys, threading
from tasks.guardian.running import run_guardian
ended = threading.Event()
threading.Timer(4.0, ended.set).start()
run_guardian(ended)
print(*sys.modules)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A live home at an exchange, with its journal."""

    home: LiveHome
    simulator: Simulator
    journal: Journal

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.home.environment, "PYTHONPATH": os.pathsep.join(PATHS)}

    def open_orders(self) -> dict[str, str]:
        """What stands at the exchange: client id to kind."""
        return {
            one["client_id"]: one["type"]
            for one in self.simulator.control("orders")
            if one["status"] in ("NEW", "PARTIALLY_FILLED")
        }

    def kinds(self) -> list[AuditKind]:
        return [one.kind for one in AuditLog(self.journal.engine).entries()]

    def resume(self) -> None:
        """What a person's release does to the flag."""
        RiskLog(self.journal.engine).release(RiskEvent("x", 1, RiskKind.RELEASE, "a test", "looked at it"))


@contextmanager
def place_in(folder: Path, **more: str) -> Iterator[Place]:
    with exchange_process(*KEYS) as simulator:
        # A test account asks for no earned stage: that is another test's.
        reach = {"url": simulator.url, "feed": "none", "sandbox": "true"}
        home = live_home(folder / "home", reach, is_guarded=False)
        home.environment.update(SETTINGS | more)
        simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
        home.confirm()
        yield Place(home, simulator, open_journal(journal_place(home.folder)))


@contextmanager
def guardian(place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    """At work until the end of the context, by SIGTERM, unless it was killed."""
    before = Heartbeats(place.journal.engine).last(GUARDIAN)
    process = subprocess.Popen([sys.executable, "-m", "tasks.guardian"], cwd=ROOT, env=place.environment)
    try:
        eventually(lambda: Heartbeats(place.journal.engine).last(GUARDIAN) not in (None, before))
        yield process
        if process.poll() is None:
            process.terminate()
            assert process.wait(300) == 0
    finally:
        process.kill()
        process.wait()


@contextmanager
def trader(place: Place, how: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """One whose entry rests, and the first thing that it said."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), how], cwd=ROOT, env=place.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, str]]:
    """A place whose book holds a position, and the stop that rests for it."""
    with place_in(tmp_path_factory.mktemp("held")) as place:
        with guardian(place):
            (wanted,) = [one["id"] for one in place.home.trade()["intents"]]
        assert set(place.open_orders()) == {f"{wanted}-s1"}
        yield place, f"{wanted}-s1"
        assert_absent([place.home.folder], [])


@pytest.mark.parametrize("how", ["frozen", *(pytest.param(one, marks=pytest.mark.slow) for one in ("killed", "spins"))])
def test_of_a_trader_that_falls_silent_the_entries_go_and_the_stops_rest(held: tuple[Place, str], how: str) -> None:
    place, stop = held
    known = len(AuditLog(place.journal.engine).entries())
    with guardian(place), trader(place, "spins" if how == "spins" else "beats") as (process, said):
        lease = Leases(place.journal.engine).current("orders")
        assert said["state"] == "open", said
        assert set(place.open_orders()) == {said["cid"], stop}
        time.sleep(2 * SILENCE)  # heard of: nothing is done
        assert how == "spins" or len(AuditLog(place.journal.engine).entries()) == known
        if how == "killed":
            process.kill()
        if how == "frozen":
            os.kill(process.pid, signal.SIGSTOP)
        begun = time.monotonic()
        eventually(lambda: set(place.open_orders()) == {stop}, SILENCE + SLACK)
        print(f"{how}: {time.monotonic() - begun:.2f} s")
        eventually(lambda: place.kinds()[known:] == [AuditKind.STOPPED, AuditKind.TAKEN_OVER, AuditKind.CANCELLED], 5)
        flag = place.journal.stop()
        assert flag is not None
        assert (flag.level, flag.who) == (Level.REDUCE, GUARDIAN)
        _, taken, cancelled = AuditLog(place.journal.engine).entries()[known:]
        assert lease is not None
        assert taken.detail["token"] > lease.token
        assert taken.detail["seconds"] >= SILENCE * 0.9
        assert cancelled.detail["cancelled"] == [said["cid"]]
        asked = len(place.simulator.control("log"))
        if how == "frozen":
            os.kill(process.pid, signal.SIGCONT)
        if how != "killed":
            assert process.stdout is not None
            woken = json.loads(process.stdout.readline())["woken"]
            assert "error" in woken, woken
            assert woken["error"].startswith("Refused: the lease orders is no longer this process's")
            process.wait(300)
        time.sleep(2 * SILENCE)
        sent = [one["client_order_id"] for one in place.simulator.control("log", since=asked) if one["method"] in SENT]
        assert sent == []
        assert [one.cid for one in OrderLog(place.journal.engine).live_orders()] == [stop]
        assert place.kinds()[known:].count(AuditKind.TAKEN_OVER) == 1, "once for one silence"
        assert place.journal.stop() == flag
    with guardian(place):
        time.sleep(2 * SILENCE)
        assert place.journal.stop() == flag, "latched, whoever begins anew"
        place.resume()
        time.sleep(2 * SILENCE)
        assert place.journal.stop() is None, "what a person has looked at is not stopped for again"
    assert place.kinds()[known:].count(AuditKind.TAKEN_OVER) == 1
    AuditLog(place.journal.engine).verify()


@pytest.mark.slow
def test_what_a_frozen_trader_sends_when_it_wakes_is_taken_back(held: tuple[Place, str]) -> None:
    place, stop = held
    known = len(AuditLog(place.journal.engine).entries())
    with guardian(place), trader(place, "sends") as (process, _):
        eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
        assert set(place.open_orders()) == {stop}
        eventually(lambda: AuditKind.TAKEN_OVER in place.kinds()[known:])
        os.kill(process.pid, signal.SIGCONT)
        eventually(lambda: [one.cid for one in OrderLog(place.journal.engine).live_orders()] == [stop], 60)
        assert set(place.open_orders()) == {stop}
    place.resume()


def test_the_guardian_knows_none_of_the_large_libraries(held: tuple[Place, str]) -> None:
    place, _ = held
    said = subprocess.run(
        [sys.executable, "-c", MODULES], cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 0, said.stderr
    modules = {one.partition(".")[0] for one in said.stdout.split()}
    assert "ccxt" in modules, "it was at the venue"
    assert modules & FORBIDDEN == set()


@pytest.mark.slow
def test_a_guardian_that_is_told_to_flatten_sells_what_a_silent_trader_holds(tmp_path: Path) -> None:
    with place_in(tmp_path, KEEL_GUARDIAN__ON_SILENCE="flatten") as place, guardian(place) as process:
        place.home.trade()
        with trader(place, "beats") as (silent, _):
            print(f"RSS {psutil.Process(process.pid).memory_info().rss / 1e6:.0f} MB")
            silent.kill()
            eventually(lambda: not place.open_orders() and AuditKind.FLATTENED in place.kinds(), SILENCE + SLACK)
        balances = place.simulator.control("snapshot")["balances"]
        assert float(balances.get("BTC", 0)) * float(place.home.price) < 10.0, balances
        flag = place.journal.stop()
        assert flag is not None
        assert flag.level is Level.FLATTEN
        time.sleep(2 * SILENCE)
        assert place.kinds().count(AuditKind.FLATTENED) == 1, "flat is flat"


def test_without_its_guardian_a_live_cycle_opens_nothing_and_alerts(tmp_path: Path) -> None:
    with place_in(tmp_path) as place:
        with guardian(place) as process:
            process.kill()
            process.wait()
        said = place.home.trade()
        assert said["intents"] == []
        assert "refused_unguarded" in {one["reason"] for one in said["refused"]}
        assert place.simulator.control("orders") == []
        (alert,) = [one for one in place.journal.tables()["alerts_outbox"] if one["key"].startswith("unguarded ")]
        assert alert["severity"] == "critical"
        assert "keel guardian" in alert["text"]
