"""The outbox as people see it."""

import pytest
from journal_places import make_older

from data.journal import AlertLog, Deliveries, Journal, JournalPlace, Planned, open_journal
from data.journal.alert_log import id_of
from data.journal.tidying import drop_delivered_alerts
from models.types import BadInput

pytestmark = pytest.mark.monitoring


def test_newest_first_and_open_alone(journal: Journal) -> None:
    log = AlertLog(journal.engine)
    for at in (1, 2, 3):
        journal.raise_alert(f"gap {at}", "error", f"text {at}", at)
    log.acknowledge(id_of("gap 2"), "me", "looking", 9)
    assert [one.text for one in log.alerts(10)] == ["text 3", "text 2", "text 1"]
    assert [one.text for one in log.alerts(10, only_open=True)] == ["text 3", "text 1"]
    assert [one.text for one in log.alerts(1)] == ["text 3"]
    assert log.alerts(1)[0].id == id_of("gap 3")


def test_a_second_acknowledgement_changes_nothing(journal: Journal) -> None:
    log = AlertLog(journal.engine)
    journal.raise_alert("gap 1", "error", "x", 1)
    first = log.acknowledge(id_of("gap 1"), "me", "looking", 9)
    assert (first.acknowledged_by, first.note, first.acknowledged_at, first.is_open) == ("me", "looking", 9, False)
    assert log.acknowledge(id_of("gap 1"), "you", "other", 10) == first


@pytest.mark.parametrize("wrong", ["", "x", "0" * 12, id_of("gap 1").upper() + "0", "' OR 1=1 --"])
def test_an_id_that_nobody_has(journal: Journal, wrong: str) -> None:
    journal.raise_alert("gap 1", "error", "x", 1)
    with pytest.raises(BadInput, match="keel alerts lists them"):
        AlertLog(journal.engine).acknowledge(wrong, "me", "", 2)


def test_what_was_raised_again_stays_acknowledged(journal: Journal) -> None:
    journal.raise_alert("gap 1", "error", "x", 1)
    AlertLog(journal.engine).acknowledge(id_of("gap 1"), "me", "", 2)
    journal.raise_alert("gap 1", "error", "y", 3)
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert (logged.text, logged.acknowledged_by) == ("x", "me")


def test_alerts_of_before_the_migration_are_routed_then(empty: JournalPlace) -> None:
    row = {"key": "gap 1", "severity": "error", "text": "x", "raised_at": 1, "delivered_at": None}
    make_older(empty, "0011", {"alerts_outbox": [row]})
    again = open_journal(empty)
    (logged,) = Deliveries(again.engine).unrouted()
    assert (logged.key, logged.is_open, logged.note) == ("gap 1", True, "")


def test_tidying_keeps_what_somebody_is_still_to_be_told_of(journal: Journal) -> None:
    deliveries = Deliveries(journal.engine)
    for key in ("gap told", "gap half"):
        journal.raise_alert(key, "error", "x", 1)
    planned = [
        Planned("gap told", "slack", 0, 1),
        Planned("gap half", "slack", 0, 1),
        Planned("gap half", "email", 0, 1),
    ]
    deliveries.route(deliveries.unrouted(), planned, 2)
    deliveries.sent("slack", [one.id for one in deliveries.due("slack", 9)], 3)
    assert drop_delivered_alerts(journal.engine, 10) == 1
    assert [one.key for one in AlertLog(journal.engine).alerts(10)] == ["gap half"]
    assert len(journal.tables()["alert_deliveries"]) == 2


def test_overdue(journal: Journal) -> None:
    log, deliveries = AlertLog(journal.engine), Deliveries(journal.engine)
    journal.raise_alert("gap 1", "error", "x", 100)
    assert [log.overdue(now, 50) for now in (100, 149, 150)] == [0, 0, 1]
    deliveries.route(deliveries.unrouted(), [Planned("gap 1", "slack", 0, 1000)], 150)
    assert [log.overdue(now, 50) for now in (1049, 1050)] == [0, 1], "quiet hours are not late"
    deliveries.sent("slack", [one.id for one in deliveries.due("slack", 1000)], 1060)
    assert log.overdue(10_000, 0) == 0
