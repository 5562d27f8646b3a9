"""The daily self-test: a server that answers is not heard of, one that does not is an alert; no message goes out."""

from pathlib import Path

import pytest
from alert_receivers import receiving
from dispatchers import NOON, settings_of
from pydantic import SecretStr

from data.journal import AlertLog, ChannelState, Deliveries, Journal, open_journal
from models.types import Unavailable
from models.types.timeframes import DAY, HOUR, MINUTE, SECOND
from tasks.adapters.notifiers import Way, reach
from tasks.session.alerting import prove_daily

pytestmark = pytest.mark.monitoring

SETTINGS = settings_of({"webhook": ("info", False, False), "slack": ("info", False, False)})


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


class Servers:
    """Of the channels; what a call raises, and when each was asked."""

    def __init__(self) -> None:
        self.error: dict[str, Exception | None] = {"webhook": None, "slack": None}
        self.asked: list[str] = []

    def reaches(self) -> dict[str, object]:
        return {name: lambda name=name: self.ask(name) for name in self.error}

    def ask(self, name: str) -> None:
        self.asked.append(name)
        error = self.error[name]
        if error is not None:
            raise error


def prove(journal: Journal, servers: Servers, now: int) -> list[str]:
    """Who was asked."""
    servers.asked.clear()
    prove_daily(journal, servers.reaches(), SETTINGS, now)  # type: ignore[arg-type]
    return list(servers.asked)


def test_whoever_answers_is_asked_once_a_day_and_told_nobody(journal: Journal) -> None:
    servers = Servers()
    assert prove(journal, servers, NOON) == ["webhook", "slack"]
    assert prove(journal, servers, NOON + DAY - SECOND) == []
    assert prove(journal, servers, NOON + DAY) == ["webhook", "slack"]
    assert AlertLog(journal.engine).alerts(10) == []


def test_a_message_that_was_taken_proves_a_channel_as_well(journal: Journal) -> None:
    Deliveries(journal.engine).note(ChannelState("slack", proven_at=NOON - HOUR))
    assert prove(journal, Servers(), NOON) == ["webhook"]


@pytest.mark.parametrize(
    "error", [Unavailable("the server of slack cannot be reached"), UnicodeError("label of hooks.example/canary0key")]
)
def test_whoever_does_not_answer_is_an_alert_and_the_others_are_asked(journal: Journal, error: Exception) -> None:
    servers = Servers()
    servers.error = {"slack": error, "webhook": None}
    assert prove(journal, servers, NOON) == ["slack", "webhook"]
    (alert,) = AlertLog(journal.engine).alerts(10)
    assert (alert.kind.name, alert.severity) == ("channel-failing", "error")
    assert "slack" in alert.text
    assert "canary" not in alert.text
    states = Deliveries(journal.engine).states()
    assert (states["slack"].failures, states["webhook"].failures) == (1, 0)
    assert prove(journal, servers, NOON + 9 * MINUTE) == [], "not each minute"
    assert prove(journal, servers, NOON + 11 * MINUTE) == ["slack"]
    assert len(AlertLog(journal.engine).alerts(10)) == 1, "once for each time that it begins to fail"


def test_the_server_is_asked_and_gets_no_message() -> None:
    with receiving() as told:
        reach(Way("webhook", SecretStr(told.url)), 2.0)
        assert told.got == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/canary0key", f"http://{'x' * 70}.example/canary0key"])
def test_an_address_that_leads_nowhere_is_not_shown(address: str, journal: Journal) -> None:
    way = Way("webhook", SecretStr(address))
    prove_daily(journal, {"webhook": lambda: reach(way, 2.0)}, SETTINGS, NOON)
    (alert,) = AlertLog(journal.engine).alerts(10)
    assert "canary" not in alert.text
