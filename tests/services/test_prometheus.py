"""A real Prometheus and Alertmanager with our files: they scrape the live API, and what they find is told to Keel."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest
from processes import eventually

from conf import load
from tasks.monitoring.bench.homes import TOKENS, Home, served_home
from tasks.monitoring.bench.watchers import Watchers, watching
from tasks.monitoring.catalogue import METRICS
from tasks.monitoring.reading import read_samples
from tasks.monitoring.servers import Places

pytestmark = [pytest.mark.services, pytest.mark.monitoring, pytest.mark.xdist_group("servers")]
# Without Prefect, a session that runs, a source of news, a feed, a trained model and an alert, and with nothing sold.
ABSENT = {
    "edge_blended_bps",
    "keel_heartbeat_age_seconds",
    "keel_heartbeat_overdue",
    "keel_model_stale",
    "keel_flow_runs",
    "keel_news_source_up",
    "keel_feed_up",
    "keel_feed_age_seconds",
    "keel_model_age_days",
    "keel_alerts_raised_total",
    "keel_win_ratio",
}


@dataclass(frozen=True)
class Live:
    home: Home
    watchers: Watchers


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    (folder / "home").mkdir()
    with (
        served_home(folder / "home", {}) as home,
        watching(folder, load().settings, Places(home.api), TOKENS["watch"], TOKENS["notify"]) as watchers,
    ):
        eventually(lambda: bool(watchers.ask("keel_available")), 60)
        yield Live(home, watchers)


def test_the_target_is_up_by_its_token(live: Live) -> None:
    assert [value for _, value in live.watchers.ask('up{job="keel"}')] == [1.0]
    refused = httpx.get(f"http://{live.home.api}/metrics", trust_env=False)
    assert refused.status_code == 401


def test_every_metric_of_the_catalogue_arrives(live: Live) -> None:
    found = {
        name
        for name, one in METRICS.items()
        if live.watchers.ask(f"{name}_bucket" if one.kind == "histogram" else name)
    }
    assert set(METRICS) - found <= ABSENT
    watch = {"Authorization": f"Bearer {TOKENS['watch']}"}
    said = httpx.get(f"http://{live.home.api}/metrics", headers=watch, timeout=30, trust_env=False)
    assert set(read_samples(said.content)) == set(METRICS)


def test_figures_are_the_journals(live: Live) -> None:
    with closing(sqlite3.connect(live.home.folder / "state" / "journal.sqlite")) as journal:
        (fills,) = journal.execute("SELECT count(*) FROM fills").fetchone()
        (filled,) = journal.execute("SELECT count(*) FROM wire_orders WHERE state = 'filled'").fetchone()
    assert [value for _, value in live.watchers.ask("sum(keel_fills_total)")] == [fills]
    assert fills > 0
    assert [value for _, value in live.watchers.ask('sum(keel_orders{state="filled"})')] == [filled]


def test_all_rules_are_loaded_and_well(live: Live) -> None:
    answer = httpx.get(f"{live.watchers.prometheus}/api/v1/rules", trust_env=False).json()["data"]["groups"]
    rules = [one for group in answer for one in group["rules"]]
    assert len(rules) == 28
    eventually(lambda: bool(live.watchers.ask("keel:switches:5m")), 30)
    assert [
        one for one in rules if one["lastError" if "lastError" in one else "health"] not in ("", "ok", "unknown")
    ] == []


def test_the_watchdog_reaches_keel_by_alertmanager(live: Live) -> None:
    def heard() -> bool:
        with closing(sqlite3.connect(live.home.folder / "state" / "journal.sqlite")) as journal:
            return bool(journal.execute("SELECT 1 FROM heartbeats WHERE name = 'watchdog'").fetchall())

    eventually(heard, 200)


def test_a_decision_is_in_the_panel_within_seconds(live: Live) -> None:
    before = live.watchers.ask("sum(keel_routed_total)")[0][1]
    live.home.decide()
    eventually(lambda: live.watchers.ask("sum(keel_routed_total)")[0][1] > before, 10)


def test_alertmanager_has_our_routes(live: Live) -> None:
    status = httpx.get(f"{live.watchers.alertmanager}/api/v2/status", trust_env=False).json()
    assert "/alertmanager" in json.dumps(status["config"])
    assert TOKENS["notify"] not in json.dumps(status)
