"""A journal that cannot be written for a while: nobody is told the same again and again, and nothing is lost."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dispatchers import NOON, Hand, Office, settings_of
from sqlalchemy import Connection, event, insert

from data.journal import AlertLog, Deliveries, Journal, open_journal
from data.journal.alert_log import id_of
from data.journal.reading import is_reading
from data.journal.risk_log import LONGEST_ALERT
from data.journal.tables import alerts_outbox
from models.types import Unavailable
from models.types.timeframes import DAY, HOUR, MINUTE, SECOND
from tasks.session.alerting import dispatching

pytestmark = pytest.mark.monitoring

BOTH = {"webhook": ("info", False, False), "slack": ("info", False, False)}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "state" / "journal.sqlite")


@contextmanager
def full_disk(journal: Journal) -> Iterator[None]:
    """What only reads goes on, what writes fails."""

    def refuse(connection: Connection) -> None:
        if not is_reading(connection):
            raise Unavailable("no space left on the device")

    event.listen(journal.engine, "begin", refuse)
    try:
        yield
    finally:
        event.remove(journal.engine, "begin", refuse)


def run_troubled(office: Office, seconds: int) -> int:
    """One round each second; how many of them failed."""
    failed = 0
    for _ in range(seconds):
        try:
            office.dispatcher.round()
        except Unavailable:
            failed += 1
        office.now += SECOND
    return failed


def test_what_was_sent_is_noted_later_and_never_told_again_meanwhile(journal: Journal) -> None:
    office = Office(journal, settings_of(BOTH))
    office.raises("gap a", "critical")
    office.dispatcher.round()  # under way on both channels
    with full_disk(journal):
        assert run_troubled(office, 120) > 100
    office.run(5)
    for channel in BOTH:
        assert office.told(channel) == [(NOON, "gap a", 0)]
    states = Deliveries(journal.engine).states()
    assert {one.proven_at for one in states.values()} == {NOON}, "noted with the moment at which it was known"


def test_what_was_routed_before_goes_out_by_every_channel(journal: Journal) -> None:
    office = Office(journal, settings_of(BOTH))
    for name in "abc":
        office.raises(f"gap {name}", "critical")
    office.dispatcher._route(Deliveries(journal.engine))
    with full_disk(journal):
        run_troubled(office, 60)
        for channel in BOTH:
            assert sorted(office.keys(channel)) == ["gap a", "gap b", "gap c"]


def test_a_channel_that_fails_then_is_not_asked_each_second(journal: Journal) -> None:
    office = Office(journal, settings_of(BOTH))
    office.hands["slack"].works = False
    office.raises("gap a", "critical")
    office.dispatcher.round()
    with full_disk(journal):
        run_troubled(office, 100)
        assert [(at - NOON) // SECOND for at in office.hands["slack"].tried] == [0, 5, 16, 37, 78]
    office.hands["slack"].works = True
    office.run(400)
    assert office.keys("slack").count("gap a") == 1
    assert "channel failing slack" in " ".join(office.keys("webhook"))


def test_a_journal_that_another_process_holds_for_long(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    event.listen(journal.engine, "begin", lambda one: one.exec_driver_sql("SELECT 1"))
    office = Office(journal, settings_of(BOTH))
    office.raises("gap a", "critical")
    office.dispatcher.round()
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        office.dispatcher.round()
    other.execute("ROLLBACK")
    office.run(5)
    assert [len(office.keys(channel)) for channel in BOTH] == [1, 1]


def test_at_no_checkpoint_is_the_journal_held(tmp_path: Path) -> None:
    """Trading waits for one short transaction at most: never for a message, nor for a choice of whom to tell."""
    journal, passed = open_journal(tmp_path / "journal.sqlite"), Counter[str]()

    def writes(label: str) -> None:
        passed[label.split()[0]] += 1
        with sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None, timeout=0.0) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")

    class Watchful(Hand):
        def _send(self, message: dispatching.Message) -> None:
            writes("sending")
            Hand._send(self, message)

    settings = settings_of(BOTH)
    office = Office(journal, settings, checkpoint=writes)
    office.hands = {name: Watchful(office.clock) for name in BOTH}
    office.dispatcher.couriers = dict(office.hands)
    office.hands["slack"].works = False
    for number in range(30):
        office.raises(f"gap {number}x", "critical")
    office.run(60)
    assert {"to", "routed", "taken", "noted", "sending"} <= set(passed)
    assert passed["sending"] >= 4


@pytest.mark.parametrize("many", [1000, 10_000])
def test_a_storm_reads_what_was_told_once(journal: Journal, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    office, reads = Office(journal, settings_of(BOTH)), []
    rows = [{"key": f"gap {one}x", "severity": "error", "text": "x" * 50, "raised_at": NOON} for one in range(many)]
    with journal.engine.begin() as connection:
        connection.execute(insert(alerts_outbox), rows)
    since = Deliveries.since

    def counted(self: Deliveries, moment: int) -> object:
        found = since(self, moment)
        reads.append(len(found))
        return found

    monkeypatch.setattr(Deliveries, "since", counted)
    office.run(3)
    assert sum(reads) == 0, "the parts of a storm are known without reading the ones before again"
    for channel in BOTH:
        told = [message for _, message in office.hands[channel].took]
        assert len(told) == 1
        assert len(told[0].body) < 4000
        assert len(set(told[0].ids)) == many
    assert AlertLog(journal.engine).overdue(office.now + HOUR, 0) == 0


def test_parts_of_a_storm_about_one_thing_are_one_topic(journal: Journal) -> None:
    office = Office(journal, settings_of(BOTH))
    for one in range(450):
        office.raises(f"session paper 17000000000{one:05}")
    office.run(5)
    assert len(office.told("webhook")) == 1
    office.run(11 * 60)
    first = [key for _, key, turn in office.told("webhook") if turn == 0]
    assert len(first) == len(set(first)) == 450


def test_what_comes_after_an_acknowledgement_is_told_at_once(journal: Journal) -> None:
    office = Office(journal, settings_of(BOTH))
    office.raises("timer paper 1700000000000000 DRAWDOWN PAUSE", "critical")
    office.run(5)
    key = office.keys("slack")[0]
    AlertLog(journal.engine).acknowledge(id_of(key), "me", "released", office.now)
    office.now += MINUTE
    office.raises("timer paper 1700000000000001 DRAWDOWN PAUSE", "critical")
    office.run(5)
    assert len(office.keys("slack")) == 2


def test_what_a_clock_planned_that_ran_ahead_is_told_when_it_is_put_right(journal: Journal) -> None:
    quiet = {"begin": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}
    office = Office(journal, settings_of({"slack": ("info", True, False)}, quiet_hours=quiet))
    office.now += 400 * DAY + 11 * HOUR  # at night
    office.raises("stale paper 1700000000000000")
    office.run(3)
    assert office.keys("slack") == []
    office.now = NOON
    office.raises("stale paper 1700000000000001")
    office.run(30)
    assert len(office.keys("slack")) == 2


@pytest.mark.parametrize("text", ["half \ud800 of a character", "nul \0", "x" * 1_000_000, "\x1b[31m\n<!everyone>"])
def test_no_text_fails_the_transaction_of_whoever_trades(journal: Journal, text: str) -> None:
    journal.raise_alert(f"gap {text[:20]}", "error", text, NOON)
    (found,) = AlertLog(journal.engine).alerts(2)
    assert 0 < len(found.text) <= LONGEST_ALERT + 1
    office = Office(journal, settings_of(BOTH))
    office.run(3)
    ((_, message),) = office.hands["slack"].took
    assert len(message.body) < 2000
    assert not {"\0", "\x1b", "<"} & set(message.body)
    message.body.encode()
