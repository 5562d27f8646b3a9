"""A session with trips, a timer, releases, deposits, a restart and a hot reload replays to the bit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from risk_sessions import BARS, FIRST, FORCED, LATE_RELEASE, PAID_IN, PAID_OUT, RELEASE, RELOAD, recorded_desk

import tasks.session.stretches
from data.journal import Decision, Journal, RiskKind, RiskLog
from data.journal.tables import config_versions, decisions
from models.types import Breaker, Damaged, Level, Reason
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.parity import Parity, hold_against_backtest

pytestmark = pytest.mark.risk


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return recorded_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


def made(desk: Desk, journal: Journal) -> list[Decision]:
    return journal.decisions_of(configured_book(desk).name)


def bar(k: int) -> int:
    return FIRST + k * HOUR


def level(decision: Decision) -> Level:
    return Level(int(decision.state_after.ladder["level"]))


def test_the_session_replays_to_the_bit(desk: Desk, journal: Journal) -> None:
    parity = hold_against_backtest(desk, journal)
    assert parity.first_difference is None
    assert parity.paper_sha256 == parity.backtest_sha256
    assert (parity.bars, parity.settings, parity.other_settings) == (BARS, 2, ())
    assert parity.stops >= 8
    assert parity.orders >= 10
    assert parity.as_json()["stops"] == parity.stops


def test_every_event_was_consumed_once_by_the_decision_after_it(desk: Desk, journal: Journal) -> None:
    log, name = RiskLog(journal.engine), configured_book(desk).name
    consumed = {at: [one.kind for one in some] for at, some in log.consumed_events(name).items()}
    assert consumed == {
        bar(PAID_IN): [RiskKind.FLOW, RiskKind.FLOW],
        bar(FORCED): [RiskKind.FORCED],
        bar(RELEASE): [RiskKind.RELEASE],
        bar(PAID_OUT): [RiskKind.FLOW],
        bar(LATE_RELEASE): [RiskKind.RELEASE],
    }
    assert log.waiting_events(name) == []


def test_a_stop_latches_over_a_restart_until_a_person_releases_it(desk: Desk, journal: Journal) -> None:
    found = made(desk, journal)
    (tripped,) = [one for one in found[:FORCED] for event in one.events if event.tripped and not event.system]
    first = found.index(tripped)
    assert PAID_IN < first < FORCED
    assert {level(one) for one in found[:first]} == {Level.NONE}
    assert {level(one) for one in found[first:FORCED]} == {Level.PAUSE}
    assert {level(one) for one in found[FORCED:RELEASE]} == {Level.REDUCE}
    assert level(found[RELEASE]) is Level.NONE
    entries = (Reason.ENTER_EDGE, Reason.ENTER_WEIGHT, Reason.ADD_WEIGHT)
    assert not [one for decision in found[first:RELEASE] for one in decision.intents if one.reason in entries]
    assert [one for decision in found[RELEASE:] for one in decision.intents if one.reason in entries]
    refused = {one.reason for decision in found[FORCED:RELEASE] for one in decision.refused}
    assert Reason.REFUSED_DAILY_LOSS in refused


def test_a_deposit_and_a_withdrawal_move_every_mark_and_trip_nothing(desk: Desk, journal: Journal) -> None:
    found = made(desk, journal)
    for k, amount in ((PAID_IN, 2500.0), (PAID_OUT, -1000.0)):
        before, after = found[k - 1].state_after.ladder, found[k].state_after.ladder
        assert after["equity"] - before["equity"] == pytest.approx(amount, abs=150.0)
        assert after["peak"] / before["peak"] == pytest.approx(1.0 + amount / before["equity"], rel=0.02)
        assert not [one for one in found[k].events if one.tripped]
        assert not found[k - 1].events


def test_each_trip_raised_one_alert_that_says_what_stops_and_who_may_release_it(desk: Desk, journal: Journal) -> None:
    trips = [event for one in made(desk, journal) for event in one.events if event.tripped]
    alerts = [row for row in journal.tables()["alerts_outbox"] if row["key"].startswith("trip ")]
    assert len(alerts) == len(trips)
    paused = next(row for row in alerts if "ENTRIES_DRAWDOWN" in row["key"])
    assert paused["severity"] == "warning"
    assert "0.20% allowed" in paused["text"]
    assert "entries stop: nothing is opened or added to" in paused["text"]
    assert "released by a person with the right to resume: keel resume" in paused["text"]
    assert next(row for row in alerts if "DAILY_LOSS" in row["key"])["severity"] == "critical"
    assert {row["severity"] for row in alerts if "STRATEGY" in row["key"]} == {"warning"}


def test_orders_say_what_each_limit_allowed_and_which_bound(desk: Desk, journal: Journal) -> None:
    found = [(one, intent) for one in made(desk, journal) for intent in one.intents]
    entries = [(one, intent) for one, intent in found if intent.reason is Reason.ENTER_EDGE]
    assert entries
    for decision, intent in entries:
        caps = dict(intent.caps)
        assert caps[intent.bound.name] == min(caps.values())
        assert abs(intent.quantity) * intent.price <= caps[intent.bound.name] * (1.0 + 1e-9)
        text = decision.bound_by[decision.cid(intent)]
        assert "(conf/" in text or "(environment KEEL_" in text


OUTSIDE = {
    "UPDATE risk_events SET amount = '1999.0' WHERE amount = '2000.0'": "",
    "DELETE FROM risk_events WHERE amount = '500.0'": "",
    "UPDATE risk_events SET level = 'PAUSE' WHERE kind = 'forced'": "",
    "UPDATE risk_events SET breaker = 'WEEKLY_LOSS' WHERE kind = 'forced'": "",
    "DELETE FROM risk_events WHERE kind = 'forced'": "",
    "DELETE FROM risk_events WHERE id = (SELECT min(id) FROM risk_events WHERE kind = 'release')": "",
    "UPDATE risk_events SET bar = bar + 3600000000 WHERE kind = 'release'": "",
    "UPDATE risk_events SET bar = NULL WHERE kind = 'flow'": "",
    "UPDATE risk_events SET value = '0.5' WHERE id = (SELECT max(id) FROM risk_events WHERE kind = 'trip')": "stop",
    "UPDATE risk_events SET \"limit\" = '0.5' WHERE id = (SELECT min(id) FROM risk_events WHERE kind = 'trip')": "stop",
    "UPDATE risk_events SET kind = 'trip' WHERE id = (SELECT min(id) FROM risk_events WHERE kind = 'released')": "stop",
    "UPDATE risk_events SET system = 'swing' WHERE id = (SELECT min(id) FROM risk_events WHERE kind = 'trip')": "stop",
    "DELETE FROM risk_events WHERE id = (SELECT max(id) FROM risk_events WHERE kind = 'trip')": "stop",
    "UPDATE intents SET caps = '{\"KELLY\": 1.5}' WHERE cid = (SELECT max(cid) FROM intents WHERE reason = "
    "'ENTER_EDGE')": "intent",
}


@pytest.mark.parametrize(("statement", "what"), OUTSIDE.items())
def test_whatever_is_altered_is_found(desk: Desk, journal: Journal, statement: str, what: str) -> None:
    with journal.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0, "nothing was altered"
    found = hold_against_backtest(desk, journal).first_difference
    assert found is not None
    assert what in found.what
    assert found.paper != found.backtest


@pytest.mark.parametrize("name", ["peak", "crest", "week_start", "until", "trips"])
def test_stops_that_were_altered_in_a_state_are_found(desk: Desk, journal: Journal, name: str) -> None:
    last = journal.tables()["decisions"][-1]
    state = json.loads(last["state_after"])
    state["ladder"][name] += 1e-3
    with journal.engine.begin() as connection:
        mine = decisions.update().where(decisions.c.id == last["id"])
        connection.execute(mine.values(state_after=json.dumps(state)))
    found = hold_against_backtest(desk, journal).first_difference
    assert found is not None
    assert (found.system, found.symbol, found.what) == ("", "", f"{name} of the stops after")


def _without_old_settings(desk: Desk, journal: Journal) -> Parity:
    old = made(desk, journal)[0].config_version
    parity = hold_against_backtest(desk, journal)
    assert parity.other_settings == (old,)
    assert parity.first_difference is not None
    assert parity.first_difference.bar <= bar(RELOAD)
    return parity


def test_the_old_parameters_mattered_and_what_cannot_be_built_again_is_named(
    desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other genomes are in the files than there were."""
    real = tasks.session.stretches.genome_hashes
    monkeypatch.setattr(tasks.session.stretches, "genome_hashes", lambda one: real(one) | {"trending": "another"})
    _without_old_settings(desk, journal)


def test_settings_of_another_keel_are_named(desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.session.stretches.Settings, "model_validate", _refuse)
    _without_old_settings(desk, journal)


def _refuse(_tree: object) -> int:
    return TypeAdapter(int).validate_python("not a figure")


def test_a_configuration_that_does_not_match_its_version_is_damage(desk: Desk, journal: Journal) -> None:
    with journal.engine.begin() as connection:
        for row in connection.execute(config_versions.select()).all():
            changed = config_versions.update().where(config_versions.c.version == row.version)
            connection.execute(
                changed.values(tree=row.tree.replace('"max_trades_per_day":20', '"max_trades_per_day":21'))
            )
    with pytest.raises(Damaged, match=r"configuration .* restore it from a backup"):
        hold_against_backtest(desk, journal)


def test_the_present_parameters_play_no_part(desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN", "0.04")
    now = build_desk()
    assert now.loaded.version != desk.loaded.version
    parity = hold_against_backtest(now, journal)
    assert parity.equal, parity.first_difference
    assert (parity.settings, parity.other_settings) == (2, ())


def test_the_level_that_was_forced_says_what_tripped_the_timer(desk: Desk, journal: Journal) -> None:
    forced = next(one for one in made(desk, journal)[FORCED].events if not one.system)
    assert (forced.tripped, forced.level, forced.breaker) == (True, Level.REDUCE, Breaker.DAILY_LOSS)
    assert replace(forced, value=0.0, limit=0.0) == forced
