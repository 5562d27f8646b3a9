"""What a person does about the stops and the account: releases, deposits, withdrawals."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from risk_sessions import NOW, calm_desk, cycle_at, event, fresh_desk, waiting

from data.journal import Journal, RiskKind, RiskLog
from models.types import BadInput, Level, Reason, Refused
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.riskdesk import mark_book, release_stops, risk_report, take_flow
from tasks.session.riskdesk.acts import most_withdrawn

pytestmark = pytest.mark.risk


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return calm_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return fresh_desk(tmp_path_factory, tmp_path, monkeypatch).at(NOW)


@pytest.mark.parametrize("amount", [50_000.0, -3_000.0])
def test_a_flow_trips_nothing_neither_waiting_nor_consumed(desk: Desk, journal: Journal, amount: float) -> None:
    cycle_at(desk, journal, NOW + HOUR)
    at = desk.at(NOW + HOUR + MINUTE)
    before = mark_book(at, journal)
    take_flow(at, journal, amount, "a person", "moved")
    assert mark_book(at, journal).tripped is None
    cycle = cycle_at(desk, journal, NOW + 2 * HOUR)
    assert cycle.decision is not None
    assert cycle.decision.events == ()
    after = mark_book(desk.at(NOW + 2 * HOUR), journal)
    assert after.equity - before.equity == pytest.approx(amount, abs=200.0)
    assert after.tripped is None
    assert after.before.peak == pytest.approx(before.after.peak * (1.0 + amount / before.equity), rel=0.02)


FLOWS = {
    "zero": (0.0, BadInput, "give a positive one"),
    "no figure": (math.nan, BadInput, "give a positive one"),
    "endless": (math.inf, BadInput, "give a positive one"),
    "beyond all measure": (1e308, BadInput, "1e\\+12 at most"),
    "more than the cash": (-1e6, Refused, r"to spare in cash"),
}


@pytest.mark.parametrize("name", FLOWS)
def test_flows_that_are_refused_leave_nothing(desk: Desk, journal: Journal, name: str) -> None:
    amount, error, why = FLOWS[name]
    before = waiting(desk, journal)
    with pytest.raises(error, match=why):
        take_flow(desk, journal, amount, "a person", "moved")
    with pytest.raises(BadInput, match="--why"):
        take_flow(desk, journal, 5.0, "a person", " ")
    assert waiting(desk, journal) == before


def test_withdrawals_that_wait_count_against_the_cash(fresh: Desk) -> None:
    journal = build_journal(fresh)
    take_flow(fresh, journal, -6000.0, "a person", "half")
    with pytest.raises(Refused, match="found a withdrawal of 4000 with 4000 to spare"):
        take_flow(fresh, journal, -4000.0, "a person", "the rest")
    take_flow(fresh, journal, -3999.0, "a person", "the rest")
    cycle = cycle_at(fresh, journal, NOW)
    assert cycle.as_json()["equity"] == pytest.approx(1.0)


def test_live_money_is_the_venues(fresh: Desk) -> None:
    live = replace(fresh.loaded, settings=fresh.loaded.settings.model_copy(update={"stage": "live"}))
    with pytest.raises(Refused, match="the live account is the venue's"):
        take_flow(replace(fresh, loaded=live), build_journal(fresh), 5.0, "a person", "x")


def test_a_release_ends_flag_stops_and_what_waits(desk: Desk, journal: Journal) -> None:
    RiskLog(journal.engine).force(event(desk, RiskKind.FORCED, Level.REDUCE))
    assert [one.level for one in cycle_at(desk, journal, NOW + HOUR).stops] == [Level.REDUCE]
    journal.set_stop("drill", 1)
    RiskLog(journal.engine).force(event(desk, RiskKind.FORCED, Level.FLATTEN))
    report = risk_report(desk, journal, mark_book(desk, journal))
    assert (report.stopped.entries, report.stopped.reason) == (True, "drill")
    found = release_stops(desk, journal, "ann", "seen")
    assert (found.flag, found.forced) == ("drill", Level.FLATTEN)
    assert [(one.system, one.level) for one in found.stops] == [("", Level.REDUCE)]
    again = release_stops(desk, journal, "ann", "seen")
    assert not again.anything
    released = [one for one in waiting(desk, journal) if one.kind is RiskKind.RELEASE]
    assert [(one.who, one.why) for one in released] == [("ann", "seen")]
    cycle = cycle_at(desk, journal, NOW + 2 * HOUR)
    assert cycle.stops == ()
    assert not [one for one in cycle.refused if one.reason is Reason.REFUSED_STOPPED]
    report = risk_report(desk, journal, mark_book(desk.at(NOW + 2 * HOUR), journal))
    assert (report.stopped.entries, report.stopped.reason) == (False, None)


def test_what_waits_to_be_bought_cannot_be_taken_out(fresh: Desk) -> None:
    """The buys would fill on money that is gone."""
    journal = build_journal(fresh)
    cycle = cycle_at(fresh, journal, NOW)
    assert cycle.decision is not None
    bought = sum(one.quantity * one.price for one in cycle.decision.intents if one.quantity > 0.0)
    assert bought > 0.0, "nothing waits: this proves nothing"
    most = most_withdrawn(configured_book(fresh), cycle.decision)
    assert 0.0 < most < 10_000.0 - bought
    with pytest.raises(Refused, match="to spare in cash"):
        take_flow(fresh, journal, -(10_000.0 - bought), "a person", "all of it")
