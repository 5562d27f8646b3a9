"""An old backup is put back while the venue has newer orders: nothing opens until a person resumes."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, leaks
from exchange_process import Simulator, exchange_process
from live_homes import LiveHome, live_home
from processes import command

from data.journal import Beat, Heartbeats, open_journal
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.session.keeping.backup import JOURNAL


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with exchange_process("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET) as one:
        yield one


@pytest.mark.slow
def test_nothing_opens_after_a_restore(simulator: Simulator, tmp_path: Path) -> None:
    home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
    simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
    home.confirm()
    home.keel("backup", str(tmp_path / "copy"), "--json")
    assert len(home.trade()["intents"]) == 1
    bought, stop = simulator.control("orders")
    assert (bought["side"], bought["status"], stop["status"]) == ("BUY", "FILLED", "NEW")
    refused = command("flows.cli", "restore", str(tmp_path / "copy"), "--over", "--json", env=home.environment)
    assert refused.returncode == 3
    assert "the guardian" in json.loads(refused.stdout)["error"]
    _guardian_ends(home)
    done = json.loads(home.keel("restore", str(tmp_path / "copy"), "--over", "--json"))
    assert done["stopped"] is True
    again = command("flows.cli", "trade", "--once", "--live", "--json", env=home.environment)
    assert again.returncode == 3, again.stdout
    assert "orders named like Keel's" in json.loads(again.stdout)["error"], "the venue has what the journal has not"
    assert simulator.control("orders") == [bought, stop], "no order is new, and the stop that protects rests"
    journal = open_journal(home.folder / JOURNAL)
    assert str(journal.stop_reason()).startswith("restored from the backup")
    journal.engine.dispose()
    assert not list(leaks([tmp_path / "copy"]))


def _guardian_ends(home: LiveHome) -> None:
    gc.collect()  # what the test itself had opened of the home
    engine = open_journal(home.folder / JOURNAL).engine
    Heartbeats(engine).beat(Beat("guardian", this_process(), SystemClock().now(), None, "ended"))
    engine.dispose()
