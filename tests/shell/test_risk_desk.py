"""The book marked between its decisions, the stops on a timer, and what a person does about them."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from risk_sessions import NOW, alerts, calm_desk, cycle_at, event, fresh_desk, quotes, waiting
from synthetic import SYMBOLS

from data.journal import Journal, RiskKind, RiskLog, open_journal
from models.risk import House
from models.types import Breaker, Level
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_desk, build_journal, journal_place
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.riskdesk import (
    Marked,
    RiskMonitor,
    check_breakers,
    hold,
    mark,
    mark_book,
    newest_prices,
    release_stops,
    risk_report,
    take_flow,
)

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


def later(desk: Desk, minutes: int) -> Desk:
    return desk.at(NOW + minutes * MINUTE)


def test_the_mark_at_the_last_close_is_that_of_the_last_decision(desk: Desk, journal: Journal) -> None:
    last = journal.last_decision(configured_book(desk).name)
    marked = mark_book(desk, journal)
    assert last is not None
    assert marked.equity == pytest.approx(last.state_after.ladder["equity"], rel=1e-12)
    assert marked.held.bar == last.bar
    assert int(marked.before.level) == int(marked.after.level) == Level.NONE


def test_the_mark_takes_the_newest_price_of_any_timeframe(desk: Desk, journal: Journal) -> None:
    before = mark_book(desk, journal)
    quotes(desk, 0.9, NOW + 10 * MINUTE, SYMBOLS[:1])
    quotes(desk, 7.0, NOW + 30 * MINUTE)  # has not closed yet
    marked = mark_book(later(desk, 15), journal)
    change = np.zeros(before.values.size)
    change[0] = -0.1 * before.values[0]
    np.testing.assert_allclose(marked.values - before.values, change, atol=1e-9)
    assert before.values[0] != 0.0
    assert marked.equity - before.equity == pytest.approx(change.sum(), rel=1e-9)
    assert marked.prices.known_at.tolist()[:2] == [NOW + 10 * MINUTE, NOW]


def test_the_equity_is_cash_and_positions_by_hand(desk: Desk, journal: Journal) -> None:
    quotes(desk, 0.97)
    marked, book = mark_book(desk, journal), configured_book(desk)
    state = journal.last_decision(book.name)
    assert state is not None
    prices = dict(zip(book.symbols, newest_prices(desk, book).close.tolist(), strict=True))
    by_hand = math.fsum(
        [account[0] for account in state.state_after.accounts.values()]
        + [row[0] * prices[symbol] for rows in state.state_after.positions.values() for symbol, row in rows.items()]
    )
    assert marked.equity == pytest.approx(by_hand, rel=1e-12)


FALLS = {
    "nothing": (0.999, None),
    "entries pause": (0.94, (Level.PAUSE, Breaker.ENTRIES_DRAWDOWN)),
    "the account is sold": (0.70, (Level.FLATTEN, Breaker.DRAWDOWN)),
}


def fallen_to(desk: Desk, journal: Journal, part: float) -> Marked:
    """The mark at which the account has `part` of its last decision's equity, by a price that all symbols share."""
    held, prices = hold(desk, journal), newest_prices(desk, configured_book(desk))
    whole = mark(held, prices, NOW)
    worth = float(whole.values.sum())
    assert worth > 0.0
    factor = 1.0 - (1.0 - part) * whole.equity / worth
    return mark(held, replace(prices, close=prices.close * factor), NOW + MINUTE)


@pytest.mark.parametrize("name", FALLS)
def test_the_timer_trips_what_the_step_would(
    desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No limit but the falls binds here, and a price below nothing stands for a large one."""
    part, expected = FALLS[name]
    cycle_at(desk, journal, NOW + HOUR)  # the release has been consumed
    marked = _unhurried(fallen_to(desk.at(NOW + HOUR), journal, part))
    found = marked.tripped
    assert (None if found is None else found[:2]) == expected
    event = check_breakers(journal, marked)
    assert (None if event is None else (event.level, event.breaker)) == expected
    if event is not None:
        assert found is not None
        assert (event.value, event.limit) == found[2:]
        assert event.value >= event.limit > 0.0


def _unhurried(marked: Marked) -> Marked:
    """Marked again without limits on a day, a week and the value at risk."""
    house = marked.held.book.parameters.house._replace(daily_loss=math.inf, weekly_loss=math.inf, halt_var=math.inf)
    parameters = replace(marked.held.book.parameters, house=House(*house))
    held = replace(marked.held, book=replace(marked.held.book, parameters=parameters))
    return mark(held, marked.prices, marked.at)


def test_a_trip_is_journaled_once_consumed_once_and_latches(desk: Desk, journal: Journal) -> None:
    cycle_at(desk, journal, NOW + HOUR)
    quotes(desk, 0.5, NOW + HOUR + 5 * MINUTE)
    at = desk.at(NOW + HOUR + 6 * MINUTE)
    first = check_breakers(journal, mark_book(at, journal))
    assert first is not None
    assert first.level > Level.NONE
    for _ in range(3):
        assert check_breakers(journal, mark_book(at, journal)) is None
    assert [one.kind for one in waiting(desk, journal)] == [RiskKind.FORCED]
    (alert,) = alerts(journal, "timer ")
    assert first.level.text in alert["text"]
    assert "keel resume" in alert["text"]
    # The price is back at the close: the stop holds all the same.
    cycle = cycle_at(build_desk(), open_journal(journal_place(desk.home)), NOW + 2 * HOUR)
    assert cycle.decision is not None
    (forced,) = [one for one in cycle.decision.events if not one.system]
    assert (forced.tripped, forced.level, forced.breaker) == (True, first.level, first.breaker)
    assert waiting(desk, journal) == []
    later = cycle_at(build_desk(), open_journal(journal_place(desk.home)), NOW + 3 * HOUR)
    assert later.decision is not None
    assert not [one for one in later.decision.events if not one.system]
    assert later.stops[0].level is first.level
    assert later.stops[0].since == forced.bar


def test_a_lower_level_than_in_force_or_waiting_adds_nothing(desk: Desk, journal: Journal) -> None:
    RiskLog(journal.engine).force(event(desk, RiskKind.FORCED, Level.FLATTEN))
    quotes(desk, 0.5)
    assert check_breakers(journal, mark_book(desk, journal)) is None
    cycle_at(desk, journal, NOW + HOUR)
    quotes(desk, 0.4, NOW + HOUR + 5 * MINUTE)
    assert check_breakers(journal, mark_book(desk.at(NOW + HOUR + 6 * MINUTE), journal)) is None
    assert alerts(journal, "timer ") == []


def test_what_was_lost_before_a_release_that_waits_trips_nothing_again(desk: Desk, journal: Journal) -> None:
    cycle_at(desk, journal, NOW + HOUR)
    quotes(desk, 0.5, NOW + HOUR + 5 * MINUTE)
    at = desk.at(NOW + HOUR + 6 * MINUTE)
    assert check_breakers(journal, _unhurried(mark_book(at, journal))) is not None
    assert release_stops(at, journal, "a person", "seen").forced > Level.NONE
    marked = _unhurried(mark_book(at, journal))
    assert marked.tripped is None
    assert check_breakers(journal, marked) is None
    assert [one.kind for one in waiting(desk, journal)] == [RiskKind.FORCED, RiskKind.RELEASE]


def test_a_book_that_decided_nothing_yet_has_its_capital_and_no_stops(fresh: Desk) -> None:
    journal = build_journal(fresh)
    marked = mark_book(fresh, journal)
    assert (marked.equity, marked.tripped, marked.var) == (10_000.0, None, 0.0)
    report = risk_report(fresh, journal, marked).as_json()
    assert (report["stopped"], report["breakers"], report["equities"]) == (False, [], {"swing": 6000.0, "long": 4000.0})
    assert not release_stops(fresh, journal, "ann", "x").anything


def test_the_report_has_every_limit_with_its_room_and_where_it_comes_from(desk: Desk, journal: Journal) -> None:
    report = json.loads(json.dumps(risk_report(desk, journal, mark_book(desk, journal)).as_json()))
    limits = {(one["name"], one["system"]): one for one in report["limits"]}
    account = ("entries_drawdown", "daily_loss", "weekly_loss", "max_drawdown", "max_var", "halt_var", "max_positions")
    assert {(name, "") for name in (*account, "max_trades")} < set(limits)
    assert {("max_leverage", "swing"), ("max_portfolio_risk", "swing"), ("max_leverage", "long")} < set(limits)
    assert ("max_portfolio_risk", "long") not in limits  # bought by weight, without stops
    assert all(one["room"] == one["limit"] - one["found"] for one in limits.values())
    assert all("(conf/" in one["source"] or "(environment" in one["source"] for one in limits.values())
    assert limits["max_positions", ""]["found"] > 0.0
    assert limits["max_drawdown", ""]["limit"] == 0.25
    assert limits["entries_drawdown", ""]["source"].endswith("(environment KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN)")
    assert report["value_at_risk"] > 0.0
    assert limits["max_var", ""]["found"] == pytest.approx(report["value_at_risk"] / report["equity"])
    exposure = sum(abs(one["value"]) for one in report["prices"])
    assert exposure / report["equity"] == pytest.approx(
        sum(limits["max_leverage", name]["found"] * one for name, one in report["equities"].items()) / report["equity"],
        rel=1e-6,
    )


def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    import tasks.session.riskdesk.monitor as module

    calls, real = [], module.hold
    monkeypatch.setattr(module, "hold", lambda *given: calls.append(1) or real(*given))
    return lambda: len(calls)


def test_the_monitor_holds_until_something_is_new(
    desk: Desk, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, now = counted(monkeypatch), [desk]
    monitor = RiskMonitor(lambda: now[0], journal)
    first = monitor.round()
    quotes(desk, 0.99)
    second = monitor.round()
    assert held() == 1
    assert second.equity != first.equity
    take_flow(desk, journal, 10.0, "a person", "x")
    assert monitor.round().held.waiting[-1].kind is RiskKind.FLOW
    assert held() == 1
    cycle_at(desk, journal, NOW + HOUR)
    now[0] = desk.at(NOW + HOUR)
    assert monitor.round().held.bar == NOW
    assert held() == 2
    monkeypatch.setenv("KEEL_RISK__BREAKERS__DAILY_LOSS", "0.04")
    now[0] = build_desk(as_of=NOW + HOUR)
    assert monitor.round().house.daily_loss == 0.04
    assert held() == 3


def test_the_monitor_journals_what_trips(desk: Desk, journal: Journal) -> None:
    cycle_at(desk, journal, NOW + HOUR)
    monitor = RiskMonitor(lambda: desk.at(NOW + HOUR + 6 * MINUTE), journal)
    monitor.round()
    assert waiting(desk, journal) == []
    quotes(desk, 0.5, NOW + HOUR + 5 * MINUTE)
    monitor.round()
    monitor.round()
    assert [one.kind for one in waiting(desk, journal)] == [RiskKind.FORCED]
