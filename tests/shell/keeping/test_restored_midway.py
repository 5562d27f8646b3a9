"""A backup taken in the middle of trading, and what it is worth: an empty home gets it, looks at the venue, and goes on
as if nothing had been. Real processes; the live ones on the simulated exchange.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET
from exchange_process import Simulator, exchange_process
from live_homes import VENUE, LiveHome, live_home, watched
from midway import (
    assert_accounts_agree,
    assert_one_truth,
    confirm,
    journal_of,
    said_by,
    session_of,
    settings_of,
    states,
    waits,
)
from processes import ROOT, command, eventually
from stormy import STORMY, settle_in_storms

from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.keeping.backup import JOURNAL
from tasks.session.parity import hold_against_backtest

# Of the paper run: so many that it can be copied in the middle.
BARS = 30
RESUME = ("resume", "--why", "restored", "--reviewed", "--phrase", f"RESUME {VENUE}", "--who", "anna", "--json")
# Parts of `keel status` that are there without servers.
PARTS = {"journal", "lake", "audit", "orders", "guardian"}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with exchange_process("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET) as one:
        yield one


def restored(home: LiveHome, copy: Path, folder: Path) -> LiveHome:
    """The copy in an empty home with the same settings and keys; trading is stopped there."""
    other = replace(home, folder=folder, environment=home.environment | {"KEEL_HOME": str(folder)})
    assert json.loads(said_by(other, "restore", str(copy), "--json"))["stopped"] is True
    return other


def resumed(home: LiveHome) -> None:
    """A person starts a guardian, confirms anew, and releases what reconciles."""
    with settings_of(home.environment):
        desk = build_desk()
        watched(build_journal(desk), configured_book(desk).name)
    confirm(home)
    done = json.loads(said_by(home, *RESUME))
    assert all(one["ok"] for one in done["steps"]), done


def assert_green(home: LiveHome) -> None:
    """Status, parity and accounts."""
    status = json.loads(said_by(home, "status", "--json"))
    assert status["stopped"] is False, status
    down = {one["name"]: one["why"] for one in status["components"] if not one["ok"]}
    assert not set(down) & PARTS, down
    assert_accounts_agree(home)
    with settings_of(home.environment):
        desk = build_desk()
        parity = hold_against_backtest(desk, build_journal(desk))
        assert parity.equal, parity.first_difference


def test_a_stop_that_is_hit_after_the_backup_is_taken_in_from_the_venue(simulator: Simulator, tmp_path: Path) -> None:
    home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
    simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
    confirm(home)
    assert len(home.trade()["intents"]) == 1
    with session_of(home) as session, journal_of(home.folder) as journal:
        eventually(lambda: waits(journal, session), 240)
        assert states(journal) == {"entry": "filled", "stop": "open"}
        home.keel("backup", str(tmp_path / "copy"), "--json")
        (stop,) = (one for one in simulator.control("orders") if one["side"] == "SELL")
        hit = Decimal(stop["stop_price"]) * Decimal("0.999")
        simulator.control("set_price", symbol="BTCUSDT", price=str(hit.quantize(Decimal("0.01"))))
        eventually(lambda: states(journal)["stop"] == "filled", 60)  # the trader goes on
    other = restored(home, tmp_path / "copy", tmp_path / "new")
    with journal_of(other.folder) as journal:
        assert states(journal) == {"entry": "filled", "stop": "open"}, "the copy is of before"
    resumed(other)
    with journal_of(other.folder) as journal:
        assert states(journal) == {"entry": "filled", "stop": "filled"}
    assert_one_truth(other, simulator)
    assert_green(other)


def test_an_order_in_flight_when_it_was_copied_is_found_at_the_venue_with_its_stop(
    simulator: Simulator, tmp_path: Path
) -> None:
    """The reply hangs while the copy is made: there the order is only sent, and neither its fill nor its stop known."""
    home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
    simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
    confirm(home)
    simulator.control("fault", fault="hang_after", method="POST", path="/api/v3/order", times=1)
    asked = [sys.executable, "-m", "flows.cli", "trade", "--once", "--live", "--json"]
    with subprocess.Popen(asked, cwd=ROOT, env={**os.environ, **home.environment}, stdout=subprocess.DEVNULL) as trader:
        eventually(lambda: bool(simulator.control("orders")), 240)
        said_by(home, "backup", str(tmp_path / "copy"), "--json")  # at once: the trader waits some seconds
        assert trader.wait(300) == 0
    bought, stop = simulator.control("orders")
    assert (bought["status"], stop["status"]) == ("FILLED", "NEW")
    other = restored(home, tmp_path / "copy", tmp_path / "new")
    with journal_of(other.folder) as journal:
        assert states(journal) == {"entry": "sent"}
    # The stop that was placed after the copy protects an order that the journal has: it is taken in, and stays.
    resumed(other)
    with journal_of(other.folder) as journal:
        assert states(journal) == {"entry": "filled", "stop": "open"}
    assert simulator.control("orders") == [bought, stop]
    assert len(simulator.control("trades")) == 1
    assert_green(other)


def test_what_was_decided_on_paper_is_recomputed_to_the_bit_and_goes_on(tmp_path: Path) -> None:
    """The backup is one moment of a run of cycles that another process makes meanwhile, and that is killed after it."""
    home, new = tmp_path / "home", tmp_path / "new"
    with settings_of({}):
        settle_in_storms(home, **STORMY)
    with cycles_of(home, BARS) as trader:
        eventually(lambda: decided_in(home) >= 3, 500)  # what is compiled takes its time once
        done = command("flows.cli", "backup", str(tmp_path / "copy"), "--json", env=STORMY | {"KEEL_HOME": str(home)})
        assert done.returncode == 0, done.stderr
        copied = int(json.loads(done.stdout)["decisions"])
        eventually(lambda: decided_in(home) > copied or trader.poll() is not None, 60)
    environment = STORMY | {"KEEL_HOME": str(new)}
    put_back = command("flows.cli", "restore", str(tmp_path / "copy"), "--json", env=environment)
    assert put_back.returncode == 0, put_back.stderr
    assert 3 <= copied <= BARS
    with settings_of(environment):
        desk, other = build_desk(), build_desk(folder=home)
        parity = hold_against_backtest(desk, build_journal(desk))
        assert (parity.bars, parity.equal) == (copied, True), parity.first_difference
        name = configured_book(desk).name
        # By what is written: a figure of a stop may be no number, which is equal to nothing.
        assert repr(build_journal(desk).decisions_of(name)) == repr(build_journal(other).decisions_of(name)[:copied])
        said = command("flows.cli", *RESUME, env=environment)
        assert said.returncode == 0, f"{said.stdout}\n{said.stderr}"
        # The rest of the bars, by another process, as if nothing had been.
        with cycles_of(new, BARS) as trader:
            assert trader.wait(300) == 0
        parity = hold_against_backtest(desk, build_journal(desk))
        assert (parity.bars, parity.missed, parity.equal) == (BARS, 0, True), parity.first_difference


@contextmanager
def cycles_of(home: Path, bars: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Paper cycles over the last bars in a process of its own, killed with all of its children at the end."""
    environment = {**os.environ, **STORMY, "PYTHONPATH": str(ROOT)}
    script = str(ROOT / "tests" / "support" / "cycle_process.py")
    jobs = json.dumps([[str(home), bars, "none", 1]])
    process = subprocess.Popen([sys.executable, script, jobs], env=environment, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def decided_in(home: Path) -> int:
    """How many decisions its journal has; asked so lightly that the trader does not notice."""
    path = home / JOURNAL
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM decisions").fetchone()[0])
