"""A breach: the alert, what is journaled of it and how often, and that the next cycle of the book sells the parts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from risk_sessions import COUNT, LEFT, NOW, alerts, calm_desk, cycle_at, event, fresh_desk, waiting
from stormy import HAVEN
from stress_reports import calm_report, stress_report
from synthetic import START, SYMBOLS

import tasks.session.stressing.acting as acting
from data.journal import Decision, Journal, RiskEvent, RiskKind, RiskLog
from models.engine.panel import CUT, empty_panel
from models.types import Breaker, Level, Reason, iso
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.parity import hold_against_backtest
from tasks.session.stops import act_on, ready
from tasks.session.stressing.acting import Deed, Response, act_on_breach, command_that_acts
from tasks.session.stressing.report import Cut, Proposal, StressReport

pytestmark = pytest.mark.risk
FIRST, SECOND = SYMBOLS[:2]


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return calm_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


def held(desk: Desk, journal: Journal) -> dict[tuple[str, str], float]:
    """Units by system and symbol, as the newest decision has them."""
    last = journal.last_decision(configured_book(desk).name)
    assert last is not None
    rows = last.state_after.positions.items()
    return {(system, symbol): one[0] for system, symbols in rows for symbol, one in symbols.items() if one[0] != 0.0}


def breach(
    desk: Desk, journal: Journal, part: float = 0.25, scenarios: tuple[str, ...] = ("crash_35",)
) -> StressReport:
    """That part of everything that is held is to be sold."""
    cuts = tuple(Cut(*owner, units, 100.0 * units, part) for owner, units in held(desk, journal).items())
    proposal = Proposal(scenarios, (), 0.31, 0.15, cuts, 0.12, enough=True)
    return replace(stress_report(configured_book(desk).name, proposal), as_of=NOW - HOUR)


def run(desk: Desk, journal: Journal, report: StressReport) -> Response:
    return act_on_breach(desk, journal, report, lambda _: None)


def decided(desk: Desk, journal: Journal, bars: int) -> Decision:
    """The decision of the bar that closes so many bars from now."""
    made = cycle_at(desk, journal, NOW + bars * HOUR).decision
    assert made is not None
    return made


def level(decision: Decision) -> Level:
    return Level(int(decision.state_after.ladder["level"]))


def rows(journal: Journal) -> list[tuple[object, ...]]:
    names = ("kind", "level", "breaker", "value", "limit", "amount", "symbol", "who", "why", "system", "at", "bar")
    outside = [one for one in journal.tables()["risk_events"] if one["breaker"] == "STRESS"]
    return [tuple(one[name] for name in names) for one in outside]


def test_within_its_limit_nothing_happens(desk: Desk, journal: Journal) -> None:
    before = journal.tables()
    found = run(desk, journal, replace(stress_report(configured_book(desk).name), proposal=None))
    assert (found.deed, found.events) == (Deed.NOTHING, ())
    assert run(desk, journal, calm_report()).why == "the book holds nothing but cash"
    assert journal.tables() == before


def test_level_and_cuts_are_journaled_row_by_row(desk: Desk, journal: Journal) -> None:
    said: list[str] = []
    report = breach(desk, journal)
    assert {symbol for _, symbol in held(desk, journal)} >= {FIRST, SECOND}
    symbols = list(dict.fromkeys(one.symbol for one in report.proposal.cuts))  # type: ignore[union-attr]
    found = act_on_breach(desk, journal, report, said.append)
    why = f"{Breaker.STRESS.text}: crash_35"
    assert rows(journal) == [
        ("forced", "REDUCE", "STRESS", "0.31", "0.15", "0.0", None, "stress", why, "", NOW, None),
        *(("cut", "NONE", "STRESS", "0.25", "0.0", "0.0", one, "stress", why, "", NOW, None) for one in symbols),
    ]
    assert found.deed is Deed.ACTED
    assert found.as_json() == {
        "deed": "acted",
        "why": found.why,
        "events": [
            {"kind": "forced", "level": "reduce", "symbol": "", "value": 0.31},
            *({"kind": "cut", "level": "none", "symbol": one, "value": 0.25} for one in symbols),
        ],
    }
    assert said == [found.why]
    assert {one.book for one in waiting(desk, journal)} == {configured_book(desk).name}


def test_the_alert_names_scenario_drawdown_limit_and_what_to_sell(desk: Desk, journal: Journal) -> None:
    cuts = (Cut("swing", FIRST, 2.0, 300.0, 0.25), Cut("long", SECOND, -4.0, -5000.0, 0.5))
    proposal = Proposal(("crash_35", "luna_2022", "ftx_2022"), (), 0.3149, 0.15, cuts, 0.181, enough=False)
    run(desk, journal, replace(breach(desk, journal), proposal=proposal))
    (alert,) = alerts(journal, "stress ")
    assert alert["key"] == f"stress {configured_book(desk).name} {iso(NOW)[:10]} crash_35"
    assert (alert["severity"], alert["raised_at"], alert["delivered_at"]) == ("critical", NOW, None)
    for text in (
        "crash_35 (and 2 more scenarios) would bring a drawdown of 31.49% with 15.00% allowed",
        f"sell 0.5 of 2 {FIRST} in swing (25.0%, 75.00 USDT); 2 of 4 short {SECOND} in long (50.0%, 2,500.00 USDT)",
        "even with that it would be 18.10%",
        Level.REDUCE.text,
        "released by a person with the right to resume",
    ):
        assert text in alert["text"]
    assert "keel stress" not in alert["text"]


def test_where_no_sale_helps_there_is_an_alert_and_nothing_else(desk: Desk, journal: Journal) -> None:
    proposal = Proposal(("stablecoin_depeg",), ("stablecoin_depeg",), 0.147, 0.10, (), 0.0, enough=True)
    report = replace(breach(desk, journal), proposal=proposal)
    before = journal.tables()["risk_events"]
    response = run(desk, journal, report)
    assert (response.deed, response.events) == (Deed.ALERTED, ())
    assert "no sale helps in stablecoin_depeg" in response.why
    assert "sell" not in response.why.replace("no sale", "")
    assert journal.tables()["risk_events"] == before
    assert len(alerts(journal, "stress ")) == 1


def test_the_same_night_is_one_alert_and_the_same_breach_one_act(desk: Desk, journal: Journal) -> None:
    first = run(desk, journal, breach(desk, journal))
    before = rows(journal)
    again = run(desk.at(NOW + HOUR), journal, breach(desk, journal))
    assert (first.deed, again.deed, again.events) == (Deed.ACTED, Deed.STANDS, ())
    assert "journaled before" in again.why
    late = run(desk.at(NOW + DAY), journal, breach(desk, journal))
    assert late.deed is Deed.PROPOSED, "bars of yesterday are nothing to act on"
    assert "Nothing was done: the newest bar is 2021-01-15T23:00:00Z, too old to act on" in late.why
    assert rows(journal) == before
    assert [one["key"].split()[2] for one in alerts(journal, "stress ")] == [iso(NOW)[:10], iso(NOW + DAY)[:10]]
    another = run(desk, journal, breach(desk, journal, 0.2, ("luna_2022",)))
    assert another.deed is Deed.STANDS
    assert len(alerts(journal, "stress ")) == 3


def test_what_is_more_of_it_is_journaled_alone(desk: Desk, journal: Journal) -> None:
    run(desk, journal, breach(desk, journal))
    report = breach(desk, journal)
    cuts = report.proposal.cuts  # type: ignore[union-attr]
    more = [replace(one, part=0.5) if one.symbol == SECOND else one for one in cuts]
    proposal = replace(report.proposal, cuts=tuple(more))  # type: ignore[type-var]
    found = run(desk, journal, replace(report, proposal=proposal))
    assert [(one.kind, one.symbol, one.value) for one in found.events] == [(RiskKind.CUT, SECOND, 0.5)]


def test_of_several_systems_parts_in_a_symbol_the_largest_counts(desk: Desk, journal: Journal) -> None:
    parts = (("swing", FIRST, 0.2), ("long", FIRST, 0.6), ("other", FIRST, 0.4), ("swing", SECOND, 0.1))
    cuts = tuple(Cut(system, symbol, 2.0, 1.0, part) for system, symbol, part in parts)
    report = breach(desk, journal)
    found = run(desk, journal, replace(report, proposal=replace(report.proposal, cuts=cuts)))  # type: ignore[type-var]
    assert [(one.symbol, one.value) for one in found.events[1:]] == [(FIRST, 0.6), (SECOND, 0.1)]


@pytest.mark.parametrize(
    ("setting", "live", "deed"),
    [
        ("auto", False, Deed.ACTED),
        ("auto", True, Deed.PROPOSED),
        ("act", True, Deed.ACTED),
        ("propose", False, Deed.PROPOSED),
        ("propose", True, Deed.PROPOSED),
    ],
)
def test_the_setting_says_who_acts(
    desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch, setting: str, live: bool, deed: Deed
) -> None:
    monkeypatch.setenv("KEEL_STRESS__ON_BREACH", setting)
    monkeypatch.setattr(acting, "is_live", lambda _: live)
    chosen = build_desk(as_of=NOW)
    found = run(chosen, journal, breach(chosen, journal))
    assert found.deed is deed
    assert bool(rows(journal)) == bool(found.events) == (deed is Deed.ACTED)
    (alert,) = alerts(journal, "stress ")
    command = command_that_acts(breach(chosen, journal))
    assert (command in alert["text"]) == (deed is Deed.PROPOSED)
    if deed is Deed.PROPOSED:
        assert "Nothing was done" in found.why
        assert "keel stress --venue binance" in command
        assert command.endswith(" --act")
        assert command.startswith("KEEL_STRESS__ON_BREACH=act ")


def test_the_next_cycle_sells_the_parts_once_and_the_session_replays(desk: Desk, journal: Journal) -> None:
    before = held(desk, journal)
    run(desk, journal, breach(desk, journal))
    made = decided(desk, journal, 1)
    sold = {(one.system, one.symbol): one.quantity for one in made.intents if one.reason is Reason.REDUCE_STRESS}
    units = {owner: one[0] for owner, one in positions(made).items()}
    assert sold, "nothing was sold"
    assert set(sold) <= set(before)
    assert sold == {owner: pytest.approx(-0.25 * units[owner], rel=0.01, abs=1e-3) for owner in sold}
    assert level(made) is Level.REDUCE
    assert int(made.state_after.ladder["breaker"]) == Breaker.STRESS
    assert {symbol: made.inputs[symbol]["cut"] for _, symbol in before} == {symbol: 0.25 for _, symbol in before}
    assert waiting(desk, journal) == []
    # Its orders are on their way: the same breach on the same positions is nothing new.
    assert run(desk, journal, replace(breach(desk, journal), as_of=made.bar)).deed is Deed.STANDS
    after = decided(desk, journal, 2)
    assert not [one for one in after.intents if one.reason is Reason.REDUCE_STRESS]
    left = {owner: one[0] for owner, one in positions(after).items()}
    for owner, quantity in sold.items():
        assert left[owner] == pytest.approx(units[owner] + quantity, rel=1e-9)
    assert {one["cut"] for one in after.inputs.values()} == {0.0}
    # Filled, and the book is beyond its limit still: what is left is cut again, under the stop that holds.
    again = run(desk, journal, replace(breach(desk, journal), as_of=after.bar))
    assert {one.kind for one in again.events} == {RiskKind.CUT}
    decided(desk, journal, 3)
    parity = hold_against_backtest(desk, journal)
    assert parity.first_difference is None
    assert parity.paper_sha256 == parity.backtest_sha256


def positions(decision: Decision) -> dict[tuple[str, str], list[float]]:
    found = decision.state_after.positions.items()
    return {(system, symbol): one for system, symbols in found for symbol, one in symbols.items()}


ALTERED = (
    "UPDATE risk_events SET value = '0.26' WHERE kind = 'cut'",
    "UPDATE risk_events SET symbol = 'XXX/USDT' WHERE kind = 'cut'",
    "UPDATE risk_events SET bar = NULL WHERE kind = 'cut'",
    "DELETE FROM risk_events WHERE kind = 'cut'",
    "UPDATE risk_events SET breaker = 'VAR' WHERE kind = 'forced' AND breaker = 'STRESS'",
)


@pytest.mark.parametrize("statement", ALTERED)
def test_a_cut_that_was_altered_is_found(desk: Desk, journal: Journal, statement: str) -> None:
    run(desk, journal, breach(desk, journal))
    decided(desk, journal, 1)
    with journal.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0, "nothing was altered"
    assert hold_against_backtest(desk, journal).first_difference is not None


def test_a_cut_before_a_release_still_acts_and_its_level_does_not(desk: Desk, journal: Journal) -> None:
    run(desk, journal, breach(desk, journal))
    RiskLog(journal.engine).release(event(desk, RiskKind.RELEASE))
    made = decided(desk, journal, 1)
    assert [one for one in made.intents if one.reason is Reason.REDUCE_STRESS]
    assert level(made) is Level.NONE
    assert hold_against_backtest(desk, journal).equal


def test_a_cut_of_what_the_book_does_not_have_is_consumed(desk: Desk, journal: Journal) -> None:
    RiskLog(journal.engine).record_event(cut(configured_book(desk).name, "GONE/USDT", 0.5))
    made = decided(desk, journal, 1)
    assert not [one for one in made.intents if one.reason is Reason.REDUCE_STRESS]
    assert waiting(desk, journal) == []


def cut(book: str, symbol: str, part: float) -> RiskEvent:
    return RiskEvent(book, 1, RiskKind.CUT, "stress", "x", breaker=Breaker.STRESS, value=part, symbol=symbol)


def test_a_cut_waits_for_a_bar_of_its_symbol(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second symbol lacks every ninetieth bar."""
    fresh = fresh_desk(tmp_path_factory, tmp_path, monkeypatch)
    journal, name = build_journal(fresh), configured_book(fresh).name
    k = (COUNT - LEFT) // 90 * 90 - 90
    for symbol in (FIRST, SECOND):
        RiskLog(journal.engine).record_event(cut(name, symbol, 0.5))
    without = cycle_at(fresh, journal, START + (k + 1) * HOUR).decision
    assert without is not None
    assert [one.symbol for one in waiting(fresh, journal)] == [SECOND]
    assert (without.inputs[FIRST]["cut"], without.inputs[SECOND]["cut"]) == (0.5, 0.0)
    later = cycle_at(fresh, journal, START + (k + 2) * HOUR).decision
    assert later is not None
    assert waiting(fresh, journal) == []
    assert (later.inputs[FIRST]["cut"], later.inputs[SECOND]["cut"]) == (0.0, 0.5)
    assert hold_against_backtest(fresh, journal).equal


CLOSED = (Reason.REFUSED_NO_BAR, Reason.REFUSED_DATA, Reason.REFUSED_STALE)


@pytest.mark.parametrize("gate", [*CLOSED, Reason.REFUSED_STOPPED, Reason.HOLD_FLAT])
def test_only_a_cut_waits_and_only_behind_a_gate_that_stops_exits(gate: Reason) -> None:
    panel = empty_panel(np.array([0]), 2, np.empty((0, 2)))
    panel.codes[0, :, 1] = 0, int(gate)
    others = [RiskEvent("b", 1, kind, "x", "y") for kind in (RiskKind.RELEASE, RiskKind.FORCED, RiskKind.FLOW)]
    cuts = [cut("b", "A", 0.1), cut("b", "B", 0.2)]
    found = ready(panel, 0, ("A", "B"), [*others, *cuts])
    assert found == [*others, *(cuts[:1] if gate in CLOSED else cuts)]


def test_the_largest_of_several_cuts_of_a_symbol_is_written() -> None:
    panel = empty_panel(np.array([0, 1]), 3, np.empty((0, 2)))
    panel.tails[1, :, CUT] = 0.9
    events = [cut("b", "A", 0.1), cut("b", "A", 0.3), cut("b", "A", 0.2), cut("b", HAVEN, 1.0)]
    act_on(panel, 1, ("A", "B", HAVEN), events)
    assert panel.tails[:, :, CUT].tolist() == [[0.0, 0.0, 0.0], [0.3, 0.0, 1.0]]
    assert not panel.events.any()
