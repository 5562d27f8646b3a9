"""What Alertmanager hands in."""

from pathlib import Path
from typing import Any

import pytest

from data.journal import GUARDIAN, TRADER, AlertLog, Beat, Heartbeats, Holder, Journal, open_journal
from models.types import BadInput, Level
from models.types.alerts import subject_of
from models.types.timeframes import MINUTE, SECOND
from tasks.session.alerting import hand_in, watch

pytestmark = pytest.mark.monitoring

NOW = 1_772_452_800 * SECOND
BEGAN = "2026-03-02T11:59:00.123456789Z"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "state" / "journal.sqlite")


def _payload(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "status": "firing", "receiver": "keel", "alerts": list(alerts)}


def _alert(name: str, status: str = "firing", **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, **labels},
        "annotations": {"summary": f"{name} <b>now</b>", "runbook": "docs/runbook.md"},
        "startsAt": BEGAN,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://x",
        "fingerprint": "1",
    }


def test_it_is_an_alert_as_any_other(journal: Journal) -> None:
    payload = _payload(_alert("KeelDown", severity="critical", instance="127.0.0.1:8000"))
    assert hand_in(journal, payload, NOW) == 1
    assert hand_in(journal, payload, NOW + MINUTE) == 1
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert logged.key == f"prometheus KeelDown instance=127.0.0.1:8000 severity=critical {BEGAN}"
    assert (logged.kind.name, logged.severity, logged.raised_at) == ("keel-down", "critical", NOW)
    assert "<" not in logged.text
    assert subject_of(logged.key).endswith("severity=critical"), "the moment is no part of the subject"


def test_what_is_over_is_told_and_needs_nobody(journal: Journal) -> None:
    hand_in(journal, _payload(_alert("FeedDown", "resolved", severity="critical")), NOW)
    assert AlertLog(journal.engine).alerts(10) == [], "nobody heard of it before"
    hand_in(journal, _payload(_alert("FeedDown", severity="critical")), NOW)
    for _ in range(2):
        hand_in(journal, _payload(_alert("FeedDown", "resolved", severity="critical")), NOW + MINUTE)
    over, firing = AlertLog(journal.engine).alerts(10)
    assert (over.kind.name, over.severity, over.text[:5]) == ("feed-down", "info", "over:")
    assert (firing.acknowledged_by, firing.acknowledged_at) == ("prometheus", NOW + MINUTE)


def test_an_alert_that_nobody_knows_is_not_lost(journal: Journal) -> None:
    hand_in(journal, _payload(_alert("My Own\nRule", severity="loud")), NOW)
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert (logged.kind.name, logged.severity) == ("unnamed", "error")
    assert logged.key.startswith("prometheus My_Own_Rule ")


def test_the_watchdog_is_a_sign_of_life_and_its_silence_an_alert(journal: Journal) -> None:
    watch(journal, NOW)
    assert AlertLog(journal.engine).alerts(10) == [], "it was never heard"
    hand_in(journal, _payload(_alert("Watchdog", severity="none")), NOW)
    watch(journal, NOW + 5 * MINUTE)
    assert AlertLog(journal.engine).alerts(10) == []
    for later in (1, 2, 60):
        watch(journal, NOW + 5 * MINUTE + later * SECOND)
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert logged.kind.name == "watchdog"
    hand_in(journal, _payload(_alert("Watchdog")), NOW + 10 * MINUTE)
    watch(journal, NOW + 16 * MINUTE)
    assert len(AlertLog(journal.engine).alerts(10)) == 2, "a second silence is told again"


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"alerts": "x"},
        {"alerts": ["x"]},
        {"alerts": [{}]},
        {"alerts": [{"labels": []}]},
        _payload({**_alert("X"), "status": "maybe"}),
        _payload({**_alert("X"), "startsAt": 7}),
        _payload({**_alert("X"), "startsAt": "soon"}),
        _payload(_alert("")),
        _payload(*[_alert("X")] * 501),
    ],
)
def test_what_is_none_of_alertmanagers_is_refused_whole(journal: Journal, payload: object) -> None:
    with pytest.raises(BadInput):
        hand_in(journal, payload, NOW)
    assert AlertLog(journal.engine).alerts(10) == []


def test_one_that_is_wrong_among_others_changes_nothing(journal: Journal) -> None:
    with pytest.raises(BadInput):
        hand_in(journal, _payload(_alert("KeelDown"), {**_alert("X"), "status": "maybe"}), NOW)
    assert AlertLog(journal.engine).alerts(10) == []


def test_a_stop_is_told_once_whoever_set_it_and_again_when_it_climbs(journal: Journal) -> None:
    journal.set_stop("by hand", NOW, Level.PAUSE, "me")
    for later in range(3):
        watch(journal, NOW + later * SECOND)
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert (logged.kind.name, logged.severity) == ("stop-latched", "critical")
    assert "(pause) by me: by hand" in logged.text
    journal.set_stop("worse", NOW + MINUTE, Level.FLATTEN, "guardian")
    watch(journal, NOW + MINUTE)
    assert len(AlertLog(journal.engine).alerts(10)) == 2


def test_a_silent_trader_is_told_where_no_guardian_does(journal: Journal) -> None:
    beats, holder = Heartbeats(journal.engine), Holder("host", "boot", 7, 1)
    beats.beat(Beat(TRADER, holder, NOW, NOW + SECOND, ""))
    beats.beat(Beat(GUARDIAN, holder, NOW, NOW + 100 * MINUTE, "book"))
    watch(journal, NOW + 10 * MINUTE)
    assert AlertLog(journal.engine).alerts(10) == [], "a guardian watches"
    beats.beat(Beat(GUARDIAN, holder, NOW, NOW + MINUTE, "book"))
    watch(journal, NOW + 10 * MINUTE)
    assert {one.kind.name for one in AlertLog(journal.engine).alerts(10)} == {"trader-silent", "guardian-silent"}
    beats.beat(Beat(TRADER, holder, NOW, None, "ended as it should"))
    watch(journal, NOW + 20 * MINUTE)
    assert len(AlertLog(journal.engine).alerts(10)) == 2


def test_what_alertmanager_leaves_out_is_told(journal: Journal) -> None:
    payload = _payload(_alert("BarsLate", severity="error", symbol="A")) | {"truncatedAlerts": 7}
    for _ in range(2):
        assert hand_in(journal, payload, NOW) == 1
    assert sorted(one.text for one in AlertLog(journal.engine).alerts(10)) == [
        "7 more alerts BarsLate than Alertmanager hands in at once; all of them stand at Alertmanager",
        "BarsLate \u2039b\u203anow\u2039/b\u203a",
    ]
    assert {one.kind.name for one in AlertLog(journal.engine).alerts(10)} == {"bars-late"}
    over = _payload(_alert("FeedDown", "resolved")) | {"truncatedAlerts": 7}
    hand_in(journal, over, NOW)
    assert len(AlertLog(journal.engine).alerts(10)) == 2
