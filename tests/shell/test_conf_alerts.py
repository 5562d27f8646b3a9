"""Alerts, logs and reports: what is shipped, what is allowed and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from conf import load
from models.types import BadInput

pytestmark = pytest.mark.monitoring


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


CHANNEL: dict[str, tuple[list[Any], list[Any]]] = {
    "least": (["info", "warning", "error", "critical"], ["debug", "INFO", "", 1]),
    "quiet": ([True, False], ["perhaps", 2]),
    "escalation": ([True, False], ["perhaps", 2]),
}
KEYS: dict[str, tuple[list[Any], list[Any]]] = {
    "alerts.repeat_minutes": ([0.0, 10_080.0], [-0.1, 10_081.0, float("nan"), float("inf"), "soon"]),
    "alerts.escalate_minutes": ([0.01, 10_080.0], [0.0, -1.0, 10_081.0, float("nan")]),
    "alerts.poll_seconds": ([0.1, 60.0], [0.0, 0.09, 60.1, float("nan")]),
    "alerts.timeout_seconds": ([1.0, 120.0], [0.9, 120.1, float("nan")]),
    "alerts.watchdog_seconds": ([5.0, 86_400.0], [4.9, 86_401.0, float("nan")]),
    "alerts.first_pause_seconds": ([0.1, 300.0], [0.0, -1.0, 3601.0, float("nan")]),
    "alerts.longest_pause_seconds": ([5.0, 86_400.0], [0.0, 86_401.0, float("nan")]),
    **{f"alerts.channels.log.{name}": one for name, one in CHANNEL.items()},
    "logs.level": (["DEBUG", "INFO", "WARNING", "ERROR"], ["info", "CRITICAL", "TRACE", 10]),
    "logs.megabytes": ([0.001, 10_000.0], [0.0, -1.0, 10_001.0, float("nan")]),
    "logs.files": ([1, 1000], [0, -1, 1001, 1.5]),
    "reports.tell": ([True, False], ["perhaps", 2]),
}
QUIET = {"begin": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}
NAMES = ("log", "slack", "email", "telegram", "pagerduty", "webhook")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_its_bounds(key: str) -> None:
    allowed, refused = KEYS[key]
    for value in allowed:
        found: Any = load({key: value}).settings
        for part in key.split("."):
            found = found[part] if isinstance(found, dict) else getattr(found, part)
        assert found == value
    for wrong in refused:
        with pytest.raises(BadInput, match=key.replace(".", r"\.")):
            load({key: wrong})


def test_no_key_is_left_out() -> None:
    tree = load().settings.model_dump(include={"alerts", "logs", "reports"})

    def leaves(branch: dict[str, Any], at: str) -> set[str]:
        found: set[str] = set()
        for name, value in branch.items():
            found |= leaves(value, f"{at}{name}.") if isinstance(value, dict) else {f"{at}{name}"}
        return found

    assert leaves(tree, "") == set(KEYS) | {"alerts.quiet_hours"}


@pytest.mark.parametrize("name", NAMES)
def test_each_channel_is_known(name: str) -> None:
    channel = {"least": "error", "quiet": True, "escalation": False}
    flags = {f"alerts.channels.{name}.{key}": value for key, value in channel.items()}
    assert load(flags).settings.alerts.channels[name].model_dump() == channel  # type: ignore[index]


@pytest.mark.parametrize("name", ["pigeon", "Slack", "webhook2"])
def test_a_channel_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        load({f"alerts.channels.{name}.{key}": one[0][0] for key, one in CHANNEL.items()})


def test_a_channel_lacks_nothing_and_holds_no_address() -> None:
    with pytest.raises(BadInput, match="slack"):
        load({"alerts.channels.slack.least": "error"})
    with pytest.raises(BadInput, match="url"):
        load({"alerts.channels.log.url": "https://hooks.example/key"})


@pytest.mark.parametrize(
    "timezone", ["Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe"]
)
def test_quiet_hours_are_allowed_in_every_zone(timezone: str) -> None:
    found = load({"alerts.quiet_hours": {**QUIET, "timezone": timezone}}).settings.alerts.quiet_hours
    assert found is not None
    assert found.timezone == timezone


def test_quiet_hours_are_given_by_variables_flags_and_files(conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = {f"alerts.quiet_hours.{key}": value for key, value in QUIET.items()}
    by_flags = load(flags).settings.alerts.quiet_hours
    with monkeypatch.context() as variables:
        for key, value in QUIET.items():
            variables.setenv(f"KEEL_ALERTS__QUIET_HOURS__{key.upper()}", value)
        by_variables = load().settings.alerts.quiet_hours
    lines = "".join(f'    {key}: "{value}"\n' for key, value in QUIET.items())
    (conf_folder / "local.yaml").write_text(f"alerts:\n  quiet_hours:\n{lines}")
    by_file = load(folder=conf_folder).settings.alerts.quiet_hours
    for found in (by_flags, by_variables, by_file):
        assert found is not None
        assert found.model_dump() == QUIET


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("begin", "24:00"),
        ("begin", "7:00"),
        ("begin", "22:60"),
        ("begin", "22:00\n"),
        ("begin", "٢٢:00"),
        ("end", ""),
        ("end", "noon"),
        ("timezone", "Europe/Nowhere"),
        ("timezone", "../../etc/passwd"),
        ("timezone", ""),
        ("timezone", "Europe"),
        ("timezone", "/etc/localtime"),
    ],
)
def test_quiet_hours_that_are_none_are_refused(key: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=rf"alerts\.quiet_hours\.{key}"):
        load({"alerts.quiet_hours": {**QUIET, key: wrong}})


def test_what_has_to_fit_together() -> None:
    said = r"alerts\.longest_pause_seconds: found 5, allowed is first_pause_seconds \(6\) or more"
    with pytest.raises(BadInput, match=said):
        load({"alerts.first_pause_seconds": 6.0, "alerts.longest_pause_seconds": 5.0})


def test_what_is_shipped() -> None:
    settings = load().settings
    assert list(settings.alerts.channels) == ["log"]
    assert settings.alerts.quiet_hours is None
    assert (settings.logs.level, settings.logs.megabytes, settings.logs.files) == ("INFO", 10.0, 5)
    assert settings.reports.tell
