"""Rules and servers' files as code: the shipped files are the defaults, limits come from the settings."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rule_cases import CASES

from conf import PROJECT, load
from models.types.alerts import BY_CAMEL, KINDS
from tasks.monitoring.catalogue import METRICS
from tasks.monitoring.rules import rules_of
from tasks.monitoring.servers import Places, alertmanager_of, files_of, places_of, prometheus_of, write_files

pytestmark = pytest.mark.monitoring


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


def names_in(expression: str) -> set[str]:
    """The metrics that an expression of PromQL asks for, without the endings of a histogram's parts."""
    words = re.findall(r"\b(?:keel[:_][\w:]+|up)\b", re.sub(r'"[^"]*"', '""', expression))
    return {re.sub(r"_(bucket|count|sum)$", "", one) for one in words}


def ruled(**flags: object) -> dict[str, dict[str, Any]]:
    settings = load({name.replace("__", "."): value for name, value in flags.items()}).settings
    return {one["alert"]: one for group in rules_of(settings)["groups"] for one in group["rules"] if "alert" in one}


def test_the_shipped_files_are_what_the_defaults_make() -> None:
    settings = load().settings
    made = files_of(settings, places_of(settings))
    shipped = {path.name: path.read_text() for path in (PROJECT / "conf" / "monitoring").glob("*.yml")}
    assert shipped == made


def test_every_rule_is_a_kind_of_alert_and_the_other_way_round() -> None:
    rules = ruled()
    assert set(rules) == {one.camel for one in KINDS if one.by != "keel" and one.name != "unnamed"}
    for name, rule in rules.items():
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{BY_CAMEL[name].name}"
        assert rule["labels"]["severity"] in ("info", "warning", "error", "critical")
        assert rule["annotations"]["summary"]
        assert "for" in rule


def test_every_rule_has_its_case_for_promtool() -> None:
    assert sorted(ruled()) == sorted(one.alert for one in CASES)


def test_rules_ask_for_metrics_that_there_are() -> None:
    settings = load().settings
    recorded = {one["record"] for group in rules_of(settings)["groups"] for one in group["rules"] if "record" in one}
    asked = {name for group in rules_of(settings)["groups"] for one in group["rules"] for name in names_in(one["expr"])}
    assert asked <= {*METRICS, *recorded, "up"}


@pytest.mark.parametrize(
    ("key", "value", "alert", "expected"),
    [
        ("monitoring.rules.switches", 7, "ExcessiveSwitching", "keel:switches:5m > 7"),
        ("monitoring.rules.cycle_seconds", 0.8, "SlowCycle", "keel:cycle_seconds:p99 > 0.8"),
        ("monitoring.rules.order_seconds", 2.0, "SlowOrders", "keel:order_seconds:p99 > 2"),
        ("monitoring.rules.availability", 0.99, "AvailabilityLow", "keel:availability:lost30d > 432"),
        ("risk.breakers.halt_var", 0.03, "VarBreach", "keel_account_var_pct > 3"),
    ],
)
def test_a_limit_is_the_settings(key: str, value: float, alert: str, expected: str) -> None:
    settings = load({key: value}).settings
    found = {one["alert"]: one for group in rules_of(settings)["groups"] for one in group["rules"] if "alert" in one}
    assert found[alert]["expr"] == expected


def test_a_bar_is_late_after_its_length_and_what_a_session_waits() -> None:
    found = ruled(session__late_seconds=60.0)["BarsLate"]["expr"]
    assert re.search(r'timeframe="5m",[^}]*} > 360 ', found)
    assert re.search(r'timeframe="1d",[^}]*} > 86460 ', found)


def test_every_alert_goes_to_keel_and_its_own_death_elsewhere_as_well() -> None:
    tree = alertmanager_of(Places("127.0.0.1:1", beside="http://127.0.0.1:2/told"))
    assert tree["route"]["receiver"] == "keel"
    down = [one for one in tree["route"]["routes"] if one["matchers"] == ['alertname=~"KeelDown|AlertsUndelivered"']]
    assert [(one["receiver"], one.get("continue", False)) for one in down] == [("beside", True), ("keel", False)]
    receivers = {one["name"]: one for one in tree["receivers"]}
    assert receivers["beside"]["webhook_configs"][0]["url"] == "http://127.0.0.1:2/told"
    assert receivers["keel"]["webhook_configs"][0]["url"] == "http://127.0.0.1:1/alertmanager"


def test_nothing_is_inhibited_for_ever_by_what_always_fires() -> None:
    sources = [one["source_matchers"] for one in alertmanager_of(Places("127.0.0.1:1"))["inhibit_rules"]]
    assert not [one for one in sources if "Watchdog" in str(one)]


def test_a_breach_is_told_in_time_by_the_settings_of_both_servers() -> None:
    """What each of them waits, added up, seconds: a scrape, an evaluation, the group."""
    scraped = prometheus_of(Places("127.0.0.1:1"))["global"]
    waits = [
        scraped["scrape_interval"],
        scraped["evaluation_interval"],
        alertmanager_of(Places(""))["route"]["group_wait"],
    ]
    assert sum(float(one.removesuffix("s")) for one in waits) <= 10.0


def test_tokens_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "watch-token").write_text("an old one that everybody may read")
    write_files(tmp_path, {"a.yml": "a: 1\n"}, {"watch-token": "secret"})
    assert (tmp_path / "watch-token").read_text() == "secret"
    assert (tmp_path / "watch-token").stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load((tmp_path / "a.yml").read_text()) == {"a": 1}
