"""A breach on its whole way to a person, and the death of who should tell of it: on a home that is fresh and idle."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import yaml
from alert_receivers import Receiver, receiving
from processes import eventually

from conf import PROJECT, load
from data.journal import AlertLog, Heartbeats, Journal
from tasks.monitoring.bench.breaching import TO_WEBHOOK, bring
from tasks.monitoring.bench.homes import TOKENS, module, served_home
from tasks.monitoring.bench.watchers import Watchers, watching
from tasks.monitoring.servers import Places, alertmanager_of, files_of
from tasks.session.alerting.handing_in import WATCHDOG

pytestmark = [pytest.mark.services, pytest.mark.monitoring, pytest.mark.xdist_group("servers")]
SILENCE_S = 15.0


@dataclass(frozen=True)
class Chain:
    journal: Journal
    watchers: Watchers
    receiver: Receiver

    def firing(self) -> list[str]:
        return [labels["alertname"] for labels, _ in self.watchers.ask('ALERTS{alertstate=~"firing|pending"}')]

    def heard_at(self) -> int:
        beat = Heartbeats(self.journal.engine).last(WATCHDOG)
        return 0 if beat is None else beat.at


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("chain")
    (folder / "home").mkdir()
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        more = {"WEBHOOK_URL": receiver.url, "KEEL_ALERTS__WATCHDOG_SECONDS": str(SILENCE_S), **TO_WEBHOOK}
        home = stack.enter_context(served_home(folder / "home", more, fresh=True))
        stack.enter_context(module(("tasks.alerting",), home.environment, folder / "alerting.log"))
        settings, places = load().settings, Places(home.api)
        watchers = stack.enter_context(watching(folder, settings, places, TOKENS["watch"], TOKENS["notify"], hasty))
        yield Chain(home.journal, watchers, receiver)


def hasty(files: dict[str, str]) -> dict[str, str]:
    """Our files, in which the watchdog is handed in every few seconds and not every minute."""
    tree = yaml.safe_load(files["alertmanager.yml"])
    tree["route"]["group_interval"] = "2s"
    tree["route"]["routes"][0]["repeat_interval"] = "2s"
    return files | {"alertmanager.yml": yaml.safe_dump(tree)}


def test_only_the_pace_differs_from_the_shipped_files() -> None:
    made = files_of(load().settings, Places("127.0.0.1:8765"))
    assert made == {one.name: one.read_text() for one in (PROJECT / "conf" / "monitoring").glob("*.yml")}
    ours = yaml.safe_load(hasty(made)["alertmanager.yml"])
    ours["route"]["group_interval"] = "10s"
    ours["route"]["routes"][0]["repeat_interval"] = "1m"
    assert ours == alertmanager_of(Places("127.0.0.1:8765"))
    assert ours["route"]["routes"][0]["matchers"] == ['alertname="Watchdog"']


def test_one_after_another(chain: Chain) -> None:
    """On one home: idle, breached, without Alertmanager."""
    eventually(lambda: chain.heard_at() > 0, 60)
    eventually(lambda: bool(chain.watchers.ask("keel_available")), 30)
    assert chain.firing() == ["Watchdog"]

    bring(chain.journal, "breached")
    eventually(lambda: any("breached" in one for one in chain.receiver.texts), 30)
    (told,) = [one for one in AlertLog(chain.journal.engine).alerts(50) if "breached" in one.text]
    assert told.kind.name == "reconciliation-mismatch"
    assert told.key.startswith("prometheus ReconciliationMismatch ")
    assert "docs/runbook.md#reconciliation-mismatch" in "".join(chain.receiver.texts)

    before = chain.heard_at()
    eventually(lambda: chain.heard_at() > before, 30)
    assert not silent(chain)
    chain.watchers.processes["alertmanager"].kill()
    eventually(lambda: silent(chain), SILENCE_S + 20)
    eventually(lambda: any("was not handed in for 15 s" in one for one in chain.receiver.texts), 20)


def silent(chain: Chain) -> bool:
    return any(one.key.startswith("watchdog silent ") for one in AlertLog(chain.journal.engine).alerts(50))
