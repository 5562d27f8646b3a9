"""Metrics, rules and streams: what is shipped, what is allowed and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from conf import load
from models.types import BadInput

pytestmark = pytest.mark.monitoring


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


KEYS: dict[str, tuple[list[Any], list[Any]]] = {
    "prometheus_url": (
        ["http://127.0.0.1:9090", "https://prometheus.example"],
        ["127.0.0.1:9090", "http://me:secret@host", "ftp://host", "http://host?x=1"],
    ),
    "stream_length": ([100, 10_000_000], [99, 10_000_001, 1.5]),
    "rules.switches": ([1, 10_000], [0, 10_001, 1.5]),
    "rules.cycle_seconds": ([0.001, 3600.0], [0.0, 3601.0]),
    "rules.order_seconds": ([0.001, 3600.0], [0.0, 3601.0]),
    "rules.availability": ([0.9, 0.99999], [0.0, 1.0]),
}
GIVEN = [(f"monitoring.{key}", value) for key, (allowed, _) in KEYS.items() for value in allowed]
REFUSED = [(f"monitoring.{key}", value) for key, (_, refused) in KEYS.items() for value in refused]


@pytest.mark.parametrize(("key", "value"), GIVEN)
def test_it_is_allowed(key: str, value: object) -> None:
    found: Any = load({key: value}).settings
    for part in key.split("."):
        found = getattr(found, part)
    assert found == value


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_it_is_refused_by_its_name(key: str, value: object) -> None:
    with pytest.raises(BadInput, match=key.rpartition(".")[2]):
        load({key: value})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(BadInput, match="swiches"):
        load({"monitoring.rules.swiches": 3})


def test_what_is_shipped() -> None:
    rules = load().settings.monitoring.rules
    assert (rules.switches, rules.cycle_seconds, rules.order_seconds, rules.availability) == (20, 1.0, 0.5, 0.999)
