"""The schedule: on any clock that jumps as it likes each bar is planned at most once, never early, never left out."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.types import Series, parse_time
from models.types.timeframes import HOUR, MINUTE, SECOND
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.running.schedule import Schedule

BEGIN = parse_time("2024-03-04T00:00Z")
JUMPS = st.lists(st.integers(-3 * 3600, 9 * 3600), min_size=1, max_size=40)
SETTLE, LATE = 2 * SECOND, 120 * SECOND


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return build_desk(folder=Path(tmp_path_factory.mktemp("schedule")))


def schedule(desk: Desk, venue: str, symbol: str, timeframe: str) -> Schedule:
    return Schedule(desk, Series(venue, symbol, timeframe), SETTLE, LATE)


@given(jumps=JUMPS)
@example(jumps=[3600, -3600, 3600, 3600])
@example(jumps=[1800])  # the bar has closed, and not settled
def test_each_bar_is_planned_at_most_once_and_never_early_whatever_the_clock_does(desk: Desk, jumps: list[int]) -> None:
    plans = schedule(desk, "binance", "BTC/USDT", "1h")
    now = BEGIN + 30 * MINUTE
    handled = first = plans.before(now)
    decided, told = [], []
    for jump in jumps:
        now += jump * SECOND + 7
        plan = plans.plan(handled, now)
        new = [*plan.passed, *([plan.late] if plan.late else []), *([plan.due] if plan.due else [])]
        told += new
        if plan.due is not None:
            assert plan.due.close + SETTLE <= now <= plan.due.close + LATE
            decided.append(plan.due.bar)
        if plan.late is not None:
            assert now > plan.late.close + LATE
        assert all(one.close + SETTLE <= now for one in new)
        assert plan.next is not None
        assert plan.next.close + SETTLE > now or plan.next.bar > max([handled, *(one.bar for one in told)])
        handled = max([handled, *(one.bar for one in told)])
    bars = [one.bar for one in told]
    assert len(set(decided)) == len(decided)
    assert bars == list(range(first + HOUR, first + HOUR * (len(bars) + 1), HOUR)), "one line each, and none left out"
    assert all(one.close == one.bar + HOUR for one in told)


def test_waiting_for_what_is_next_decides_every_bar_at_its_close_without_drift(desk: Desk) -> None:
    plans = schedule(desk, "binance", "BTC/USDT", "5m")
    now = BEGIN + 17
    handled, closes = plans.before(now), []
    for _ in range(600):
        plan = plans.plan(handled, now)
        if plan.due is not None:
            assert not plan.passed
            closes.append((plan.due.close, now))
            handled, now = plan.due.bar, now + 900_001  # what a cycle takes
        elif plan.next is not None:
            now = plan.next.close + SETTLE
    first = closes[0][0]
    assert [close for close, _ in closes] == [first + k * 5 * MINUTE for k in range(len(closes))]
    assert {at - close for close, at in closes[1:]} == {SETTLE}


def test_stocks_close_with_their_sessions_and_weekends_are_waited_out(desk: Desk) -> None:
    plans = schedule(desk, "alpaca", "SPY", "1h")
    friday = parse_time("2024-03-08T21:00Z")
    plan = plans.plan(plans.before(friday - MINUTE), friday + SETTLE)
    assert plan.due is not None
    assert plan.due.bar == parse_time("2024-03-08T20:30Z")
    assert plan.due.close == friday, "half an hour after its open"
    after = plans.plan(plan.due.bar, friday + 3 * SECOND)
    assert (after.due, after.passed) == (None, ())
    assert after.next is not None
    # New York's clocks went forward in between.
    assert after.next.bar == parse_time("2024-03-11T13:30Z")
    assert after.next.close == parse_time("2024-03-11T14:30Z")
    daily = schedule(desk, "alpaca", "SPY", "1d").plan(parse_time("2024-03-07"), friday + SETTLE)
    assert daily.due is not None
    assert (daily.due.bar, daily.due.close) == (parse_time("2024-03-08"), friday)
