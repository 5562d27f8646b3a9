"""The product as it is installed, at a server that bears the exchange's own names: through a proxy, over TLS, live."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from exchange_process import RealNames, Simulator, exchange_process, real_names
from live_homes import LiveHome, live_home
from processes import command

KEYS = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET)
SCRIPT = "tests.support.flow_twice"


@dataclass(frozen=True, slots=True)
class Place:
    """A home that knows of the exchange by its name alone."""

    home: LiveHome
    simulator: Simulator
    names: RealNames


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with exchange_process(*KEYS) as simulator, real_names(simulator.port, tmp_path) as names:
        reach = {"https_proxy": names.url, "ca_file": str(names.ca_file), "feed": "none"}
        home = live_home(tmp_path / "home", reach)
        simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
        home.confirm()
        yield Place(home, simulator, names)


def test_fault_20_a_finished_run_that_prefect_runs_again_orders_nothing_twice(place: Place) -> None:
    """Through an HTTPS proxy, by the real host names: the settings https_proxy and ca_file, and no other address."""
    done = command(SCRIPT, env=place.home.environment)
    assert done.returncode == 0, done.stderr
    first, again = map(json.loads, done.stdout.splitlines()[-2:])
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["decision"] == again["decision"]
    (wanted,) = [one["id"] for one in first["intents"]]
    orders = place.simulator.control("orders")
    assert {one["client_id"]: (one["side"], one["status"]) for one in orders} == {
        f"{wanted}-1": ("BUY", "FILLED"),
        f"{wanted}-s1": ("SELL", "NEW"),
    }
    assert len(orders) == 2, "one order, and the stop that protects it"
    assert place.names.asked
    assert set(place.names.asked) == {"api.binance.com:443"}
    assert_absent([place.home.folder], [done.stdout, done.stderr])
