"""The product as it is installed, at a server that bears the exchange's own names: through a proxy, over TLS, live."""

import base64
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent, leaks
from exchange_process import RealNames, Simulator, exchange_process, real_names
from live_homes import LiveHome, live_home
from processes import ROOT, command

KEYS = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET)
SCRIPT = "flow_twice"
RIGHTS, ACCOUNT = "/sapi/v1/account/apiRestrictions", "/api/v3/account"
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A home that knows of the exchange by its name alone, and beside it the folder of a Prefect server."""

    home: LiveHome
    simulator: Simulator
    names: RealNames
    prefect: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a flow is run with, at a server that begins and ends with it."""
        return self.home.environment | {
            "PYTHONPATH": str(ROOT / "tests" / "support"),
            "PREFECT_HOME": str(self.prefect),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.prefect / 'prefect.db'}",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        }

    def results(self) -> list[str]:
        """What the server's clients have stored of how runs ended, without the base64 in short lines around it."""
        stored = (self.prefect / "storage").iterdir()
        return [base64.b64decode(one.read_bytes()).decode("latin-1") for one in stored]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    with exchange_process(*KEYS) as simulator, real_names(simulator.port, tmp_path) as names:
        reach = {"https_proxy": names.url, "ca_file": str(names.ca_file), "feed": "none"}
        home = live_home(tmp_path / "home", reach)
        simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
        home.confirm()
        yield Place(home, simulator, names, tmp_path / "prefect")


def test_fault_20_a_finished_run_that_prefect_runs_again_orders_nothing_twice(place: Place) -> None:
    """Through an HTTPS proxy, by the real host names: the settings https_proxy and ca_file, and no other address."""
    place.simulator.control("fault", fault="503", method="GET", path=RIGHTS, times=ATTEMPTS)
    place.simulator.control("fault", fault="reset_before", method="GET", path=ACCOUNT)
    done = command(SCRIPT, env=place.environment)
    assert done.returncode == 0, done.stderr
    *executions, given = map(json.loads, done.stdout.splitlines())
    assert [(given[name]["state"], given[name]["run_count"]) for name in ("faulty", "before", "finished")] == [
        ("Failed", 1),
        ("Completed", 1),
        ("Completed", 2),
    ]
    assert given["before"]["id"] == given["finished"]["id"]
    first, again = executions
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["decision"] == again["decision"]
    (wanted,) = [one["id"] for one in first["intents"]]
    orders = place.simulator.control("orders")
    assert {one["client_id"]: (one["side"], one["status"]) for one in orders} == {
        f"{wanted}-1": ("BUY", "FILLED"),
        f"{wanted}-s1": ("SELL", "NEW"),
    }
    assert len(orders) == 2, "one order, and the stop that protects it"
    asked = place.simulator.control("log")
    assert [one["client_order_id"] for one in asked if one["method"] == "POST"] == [f"{wanted}-1", f"{wanted}-s1"]
    assert [one["fault"] for one in asked if one["fault"]] == ["503"] * ATTEMPTS + ["reset_before"]
    assert place.names.asked
    assert set(place.names.asked) == {"api.binance.com:443"}
    errors = [one["message"] for one in given["faulty"]["logs"] if one["level"] >= logging.ERROR]
    assert any("503" in one for one in errors), "what went wrong is told, and the keys are not"
    found = [where for where, _ in leaks([place.prefect], canaries={"the order": wanted})]
    assert any("prefect.db" in where for where in found), "what a run logs can be found in the database"
    assert any("503" in one for one in place.results()), "and so can what it ended with"
    assert_absent([place.home.folder, place.prefect], [done.stdout, done.stderr, *place.results()])
