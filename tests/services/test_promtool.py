"""Every alert rule fires, and does not fire just below its limit: by promtool, on the file that is shipped."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from rule_cases import ALWAYS, CASES, QUIET, Case

from conf import PROJECT, load
from models.types.alerts import BY_CAMEL
from tasks.monitoring.rules import rules_of

pytestmark = [pytest.mark.services, pytest.mark.monitoring]
SHIPPED = PROJECT / "conf" / "monitoring"
NAMES = [one.alert for one in CASES]


def promtool(*arguments: object, cwd: Path = SHIPPED) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["promtool", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def complaints(folder: Path, rules: Path, tests: list[dict[str, Any]], every: str = "5s") -> str:
    """Nothing where every test passes, else what promtool says."""
    for number, one in enumerate(tests):
        one["name"] = f"{number}"
    path = folder / "tests.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": every, "tests": tests}))
    done = promtool("test", "rules", path)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def series(given: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in given.items()]


def firing(case: Case) -> dict[str, Any]:
    labels = {name: value for name, value in case.labels.items() if value} | {"severity": case.severity}
    annotations = {"summary": case.summary, "runbook": BY_CAMEL[case.alert].runbook}
    expected = {"exp_labels": labels, "exp_annotations": annotations}
    asked = {"eval_time": case.after, "alertname": case.alert, "exp_alerts": [expected]}
    return {"interval": case.step, "input_series": series(case.fires), "alert_rule_test": [asked]}


def calm(alerts: list[str], given: dict[str, str], after: str, step: str = "1s") -> dict[str, Any]:
    asked = [{"eval_time": after, "alertname": one, "exp_alerts": []} for one in alerts]
    return {"interval": step, "input_series": series(given), "alert_rule_test": asked}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_fires(case: Case, tmp_path: Path) -> None:
    assert complaints(tmp_path, SHIPPED / "rules.yml", [firing(case)], case.every) == ""


@pytest.mark.parametrize("case", [one for one in CASES if one.alert not in ALWAYS], ids=lambda one: one.alert)
def test_it_does_not_fire_just_below(case: Case, tmp_path: Path) -> None:
    asked = calm([case.alert], case.calm, case.after, case.step)
    assert complaints(tmp_path, SHIPPED / "rules.yml", [asked], case.every) == ""


@pytest.mark.parametrize("given", QUIET.values(), ids=QUIET.keys())
def test_what_is_nothing_wrong_fires_nothing(given: dict[str, str], tmp_path: Path) -> None:
    up = {'up{job="keel",instance="k"}': "1x60"}
    asked = calm([one for one in NAMES if one not in ALWAYS], given | up, "30s")
    assert complaints(tmp_path, SHIPPED / "rules.yml", [asked]) == ""


def test_a_start_after_prometheus_or_a_home_that_was_never_well_breaks_no_target(tmp_path: Path) -> None:
    given = {"keel_available": "_x12 1x400", 'up{job="keel",instance="k"}': "0x11 1x400"}
    never = {"keel_available": "0x400", 'up{job="keel",instance="k"}': "1x400"}
    late = {"keel_available": "0x200 1x200", 'up{job="keel",instance="k"}': "1x400"}
    asked = [
        calm(["AvailabilityLow"], given, "20m", "5s"),
        calm(["AvailabilityLow"], never, "120m", "20s"),
        calm(["AvailabilityLow"], late, "120m", "20s"),
    ]
    assert complaints(tmp_path, SHIPPED / "rules.yml", asked, "60s") == ""


def test_keel_that_was_never_scraped_is_down(tmp_path: Path) -> None:
    case = next(one for one in CASES if one.alert == "KeelDown")
    asked = firing(case) | {"input_series": []}
    asked["alert_rule_test"][0]["exp_alerts"][0]["exp_labels"] = {"severity": "critical", "job": "keel"}
    assert complaints(tmp_path, SHIPPED / "rules.yml", [asked]) == ""


def test_a_rule_without_a_case_is_red() -> None:
    ruled = [
        rule["alert"] for group in rules_of(load().settings)["groups"] for rule in group["rules"] if "alert" in rule
    ]
    assert sorted(ruled) == sorted(NAMES)


@pytest.mark.parametrize("up", [True, False], ids=["more", "less"])
@pytest.mark.parametrize("case", [one for one in CASES if one.alert not in ALWAYS], ids=lambda one: one.alert)
def test_a_limit_that_is_off_by_a_hundredth_is_seen(case: Case, up: bool, tmp_path: Path) -> None:
    tree = yaml.safe_load((SHIPPED / "rules.yml").read_text())
    (rule,) = [one for group in tree["groups"] for one in group["rules"] if one.get("alert") == case.alert]
    limit = r'(timeframe="1h"[^>]*> |[<>=]=? )(\d+(?:\.\d+)?)(?!\w)'
    wrong = re.sub(limit, lambda found: found[1] + shifted(found, up), rule["expr"], count=0)
    assert wrong != rule["expr"]
    rule["expr"] = wrong
    planted = tmp_path / "rules.yml"
    planted.write_text(yaml.safe_dump(tree))
    asked = [firing(case), calm([case.alert], case.calm, case.after, case.step)]
    assert complaints(tmp_path, planted, asked, case.every) != "", wrong


def shifted(found: "re.Match[str]", up: bool) -> str:
    """By a hundredth; what is counted, by the least that makes a difference."""
    value = float(found[2])
    least = 1.0 if value in (0.0, load().settings.monitoring.rules.switches) else 0.01 * value
    return f"{value + least if up else value - least:g}"


def test_a_wrong_rule_is_seen(tmp_path: Path) -> None:
    text = (SHIPPED / "rules.yml").read_text()
    for case, wrong in (
        ("VarBreach", ("> 2.5\n", "> 3.5\n")),
        ("FeedDown", ("keel_feed_up == 0", "keel_feed_up == 1")),
    ):
        assert wrong[0] in text
        planted = tmp_path / "rules.yml"
        planted.write_text(text.replace(*wrong))
        assert complaints(tmp_path, planted, [firing(next(one for one in CASES if one.alert == case))]) != ""


@pytest.mark.parametrize(
    "command",
    [
        ("promtool", "check", "rules", "rules.yml"),
        ("promtool", "check", "config", "prometheus.yml"),
        ("amtool", "check-config", "alertmanager.yml"),
    ],
    ids=lambda one: one[-1],
)
def test_the_programs_themselves_take_the_files(command: tuple[str, ...], tmp_path: Path) -> None:
    for path in SHIPPED.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for name in ("watch-token", "notify-token"):
        (tmp_path / name).write_text("a token")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
