"""Addresses are looked up for each message: what `keel secrets set` changes holds without a start anew."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from models.types import BadInput, Unavailable
from tasks.adapters import credentials
from tasks.bootstrap.alerting import _Address

pytestmark = pytest.mark.monitoring


class Places:
    """Where keys are kept: an address, none, or why they cannot be read."""

    def __init__(self) -> None:
        self.kept: str | Exception | None = None

    def find(self, names: list[str], _sources: object) -> SimpleNamespace:
        if isinstance(self.kept, Exception):
            raise self.kept
        return SimpleNamespace(values={} if self.kept is None else {names[0]: SecretStr(self.kept)})


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setattr(credentials, "find", made.find)
    return made


def _shown(address: _Address) -> str | None:
    found = address.way().address
    return None if found is None else found.get_secret_value()


def test_a_new_address_holds_from_the_next_message_on(places: Places, tmp_path: Path) -> None:
    address = _Address(SimpleNamespace(home=tmp_path), "slack")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="SLACK_URL"):
        address.way()
    places.kept = "slack://a/b/c"
    assert _shown(address) == "slack://a/b/c"
    places.kept = "slack://d/e/f"
    assert _shown(address) == "slack://d/e/f"
    places.kept = None
    with pytest.raises(BadInput, match="no address"):
        address.way()


def test_places_that_cannot_be_read_take_no_address_away(places: Places, tmp_path: Path) -> None:
    address = _Address(SimpleNamespace(home=tmp_path), "slack")  # type: ignore[arg-type]
    places.kept = Unavailable("the keyring does not answer")
    with pytest.raises(Unavailable, match="keyring"):
        address.way()
    places.kept = "slack://a/b/c"
    address.way()
    places.kept = Unavailable("the keyring does not answer")
    assert _shown(address) == "slack://a/b/c"


def test_the_log_has_none(places: Places, tmp_path: Path) -> None:
    places.kept = Unavailable("nobody asks")
    assert _shown(_Address(SimpleNamespace(home=tmp_path), "log")) is None  # type: ignore[arg-type]
