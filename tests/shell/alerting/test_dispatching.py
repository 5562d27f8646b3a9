"""Who is told what and when: retries, repetition, quiet hours, escalation, floods, crashes."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from dispatchers import NOON, Hand, Office, settings_of

from data.journal import AlertLog, Deliveries, Journal, open_journal
from data.journal.alert_log import id_of
from models.types.timeframes import HOUR, MINUTE, SECOND

pytestmark = pytest.mark.monitoring

LOUD = {"webhook": ("info", False, False)}
QUIET = {"begin": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "state" / "journal.sqlite")


def test_an_alert_is_told_once_with_all_that_a_person_needs(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    office.raises("stop latched 1 pause", "critical", "stopped <!here> https://evil.example \u202e")
    office.run(60)
    ((at, message),) = office.hands["webhook"].took
    assert at - NOON <= SECOND
    assert message.title == "[CRITICAL] Trading is stopped"
    lines = message.body.splitlines()
    assert lines[0] == "stopped \u2039!here\u203a https: //evil.example"
    assert lines[1:] == [
        "When: 2026-03-02T12:00:00Z",
        "Book: paper|sample",
        "Runbook: docs/runbook.md#stop-latched",
        "Dashboard: http://127.0.0.1:8000/",
        f"Acknowledge: keel alerts acknowledge {id_of('stop latched 1 pause')} --why ...",
    ]
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert logged.delivered_at is not None


def test_severities_go_where_they_belong(journal: Journal) -> None:
    office = Office(
        journal, settings_of({**LOUD, "slack": ("error", False, False), "pagerduty": ("error", False, True)})
    )
    for severity in ("info", "warning", "error", "critical"):
        office.raises(f"gap {severity}", severity)
    office.run(60)
    assert office.keys("webhook") == ["gap critical", "gap error", "gap info", "gap warning"]  # of one moment: by key
    assert office.keys("slack") == ["gap critical", "gap error"]
    assert office.keys("pagerduty") == []


def test_what_no_channel_hears_counts_as_delivered(journal: Journal) -> None:
    office = Office(journal, settings_of({"slack": ("critical", False, False)}))
    office.raises("news x", "info")
    office.run(3)
    (logged,) = AlertLog(journal.engine).alerts(10)
    assert logged.delivered_at is not None
    assert AlertLog(journal.engine).overdue(office.now + HOUR, 0) == 0


def test_a_receiver_that_is_down_loses_nothing_and_order_stays(journal: Journal) -> None:
    office = Office(journal, settings_of({**LOUD, "slack": ("info", False, False)}))
    office.hands["webhook"].works = False
    keys = [f"gap {number}" for number in "abcdefg"]
    for key in keys:
        office.raises(key)
        office.run(5)
    pauses = [later - sooner for sooner, later in pairwise(office.hands["webhook"].tried)]
    assert [round(one / SECOND) for one in pauses] == [6, 11], "5 and 10 s after the round that noted it"
    assert [key for key in office.keys("slack") if key.startswith("gap")] == keys, "another channel waits for nobody"
    assert AlertLog(journal.engine).overdue(office.now, MINUTE // 2) > 0
    office.hands["webhook"].works = True
    office.run(400)
    first = [key for _, key, turn in office.told("webhook") if turn == 0 and key.startswith("gap")]
    assert first == keys
    assert any("channel failing webhook" in key for key in office.keys("slack")), "a person hears of it by the others"
    assert Deliveries(journal.engine).states()["webhook"].failures == 0


def test_the_same_thing_is_told_once_with_its_number(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    for number in range(30):
        office.raises(f"stale paper {1_700_000_000_000_000 + number}", "warning")
        office.run(10)
    told = office.hands["webhook"].took
    assert len(told) == 1
    office.run(620)
    assert [message.title for _, message in told] == ["[WARNING] Bars are late", "[WARNING] Bars are late (29 times)"]
    assert told[1][0] - told[0][0] >= 10 * MINUTE
    office.raises("stale paper 1800000000000000", "error")
    office.run(2)
    assert told[-1][1].title.startswith("[ERROR]"), "what is more urgent does not wait"


def test_quiet_hours_keep_all_but_critical(journal: Journal) -> None:
    office = Office(journal, settings_of({"slack": ("info", True, False), **LOUD}, quiet_hours=QUIET))
    office.now = NOON + 10 * HOUR  # 23:00 in Berlin
    office.raises("session x", "error")
    office.raises("gap x", "critical")
    office.run(60)
    assert office.keys("slack") == ["gap x"]
    assert office.keys("webhook") == ["gap x", "session x"]
    AlertLog(journal.engine).acknowledge(id_of("gap x"), "me", "", office.now)
    AlertLog(journal.engine).acknowledge(id_of("session x"), "me", "", office.now)
    office.run(8 * 3600, step=60)
    told = [(at, key) for at, key, _ in office.told("slack")]
    assert told[1:] == [(NOON + 18 * HOUR, "session x")], "07:00 in Berlin"


def test_what_nobody_acknowledges_is_escalated(journal: Journal) -> None:
    office = Office(journal, settings_of({**LOUD, "pagerduty": ("error", False, True)}))
    office.raises("session a", "error")
    office.raises("session b", "error")
    office.raises("gap c", "critical")
    office.raises("routes damped d", "warning")
    office.run(300)
    AlertLog(journal.engine).acknowledge(id_of("session b"), "me", "looking", office.now)
    office.run(6 * 3600, step=20)
    told = office.told("pagerduty")
    assert [key for _, key, _ in told if key != "gap c"] == ["session a"]
    minutes = [round((at - NOON) / MINUTE) for at, key, _ in told if key == "gap c"]
    assert minutes == [10, 30, 70, 150, 310], "10 minutes, then twice as long each time"
    assert "NOT ACKNOWLEDGED" in office.hands["pagerduty"].took[0][1].title
    AlertLog(journal.engine).acknowledge(id_of("gap c"), "me", "", office.now)
    office.run(24 * 3600, step=300)
    assert len(office.told("pagerduty")) == len(told)


def test_without_a_channel_of_escalation_it_comes_again_where_it_was_told(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    office.raises("gap c", "critical")
    office.run(900, step=5)
    assert [turn for _, _, turn in office.told("webhook")] == [0, 1]


def test_a_flood_becomes_few_messages(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    for number in range(1_000):
        office.raises(f"order rejected {number}x", "warning")
    office.raises("gap c", "critical")
    office.run(120)
    took = office.hands["webhook"].took
    assert len(took) == 1
    assert took[0][1].title == "[CRITICAL] 1001 alerts: 1 critical, 1000 warning"
    assert "critical Live and simulated" in took[0][1].body.splitlines()[0], "the most urgent first"
    assert len(took[0][1].body) < 3500
    assert set(office.keys("webhook")) == {f"order rejected {number}x" for number in range(1_000)} | {"gap c"}


def test_a_flood_that_lasts_is_told_within_half_a_minute_each(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    raised = {}
    for number in range(200):
        office.raises(f"order rejected {number}x", "warning")
        raised[f"order rejected {number}x"] = office.now
        office.run(1)
    office.run(30)
    told = {key: at for at, key, turn in office.told("webhook") if turn == 0}
    assert set(told) == set(raised)
    assert max(told[key] - raised[key] for key in raised) <= 30 * SECOND
    assert len(office.hands["webhook"].took) < 50


def test_a_message_that_is_refused_for_ever_keeps_nothing_back(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    hand = office.hands["webhook"]
    hand.works = False
    office.raises("session poison", text="poison")
    office.run(3600, step=5)
    hand.works = True
    office.run(310)
    assert "poison" not in hand.took[0][1].body, "after many failures without the text of others"
    assert "session poison" in office.keys("webhook")


def test_a_channel_that_is_gone_from_the_settings_is_not_waited_for(journal: Journal) -> None:
    office = Office(journal, settings_of({**LOUD, "slack": ("info", False, False)}))
    office.hands["slack"].works = office.hands["webhook"].works = False
    office.raises("gap x", "error")
    office.run(3)
    later = Office(journal, settings_of(LOUD), now=office.now + MINUTE)
    later.run(10)
    assert "gap x" in later.keys("webhook")
    assert Deliveries(journal.engine).due("slack", later.now + HOUR) == []


def test_a_clock_that_was_put_back_holds_nothing_up(journal: Journal) -> None:
    office = Office(journal, settings_of(LOUD))
    office.raises("stale paper 1700000000000000")
    office.run(5)
    office.now -= 5 * HOUR
    office.raises("stale paper 1700000000000001")
    office.run(30)
    assert len([1 for _, _, turn in office.told("webhook") if turn == 0]) == 2


class _KilledError(BaseException):
    """The process is gone."""


def _scene(journal: Journal, hands: dict[str, Hand], kill_at: int) -> tuple[bool, int]:
    """Alerts come and are told; the process is killed at its checkpoint number `kill_at`. Whether it was, and when."""
    passed = 0
    now = NOON

    def checkpoint(_label: str) -> None:
        nonlocal passed
        passed += 1
        if passed == kill_at:
            raise _KilledError

    settings = settings_of({**LOUD, "slack": ("info", False, False)})
    was_killed = False
    for minute in range(3):
        for name in ("session", "gap"):
            journal.raise_alert(f"{name} {minute}m", "error", "x", now)
        try:
            office = Office(journal, settings, now, hands, checkpoint)
            office.run(1)
        except _KilledError:
            was_killed = True
            office = Office(journal, settings, office.now + SECOND, hands)
            for hand in hands.values():
                hand.outcome()  # whatever was under way is known to nobody
            office.run(1)
        now = office.now + MINUTE
    return was_killed, now


def _kills() -> Iterator[int]:
    yield from range(1, 60)


def test_killed_at_every_step_nothing_is_lost_and_at_most_one_message_doubled(tmp_path: Path) -> None:
    ended = False
    for kill_at in _kills():
        journal = open_journal(tmp_path / str(kill_at) / "journal.sqlite")
        hands = {name: Hand(lambda: 0) for name in ("webhook", "slack")}
        was_killed, _ = _scene(journal, hands, kill_at)
        office = Office(journal, settings_of({**LOUD, "slack": ("info", False, False)}), hands=hands)
        for channel in hands:
            counted = Counter(office.keys(channel))
            assert set(counted) == {f"{name} {minute}m" for name in ("session", "gap") for minute in range(3)}
            assert sum(counted.values()) <= 6 + 1, f"killed at {kill_at}: {counted}"
        journal.engine.dispose()
        if not was_killed:
            ended = True
            break
    assert ended, "every checkpoint was reached"
    assert kill_at > 20
