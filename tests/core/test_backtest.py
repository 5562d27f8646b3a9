"""The compiled backtest against the same thing written again in plain Python, over long panels; a run as a value."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from drawn_markets import Market, random_books, random_market
from held_against import assert_agree, both
from markets import INSTRUMENTS, PROFILE, RULES, parameters, random_panel, same_bits
from single import parameters_for

from models.engine import State, first_state, run_backtest
from models.engine import backtest as module
from models.engine.panel import empty_panel
from models.engine.tables import FILL_LEG, FILL_ROW, FILL_T, ORDER_BOUND, SWITCH_CAUSE
from models.risk import no_house
from models.specialists import OFF
from models.types import Bound, Breaker, Cause, Leg, Level, Reason, intents_sha256

SYMBOLS = ("AAA", "BBB", "CCC")
PROFILES = {
    "default": PROFILE,
    "cash binds": PROFILE._replace(
        max_position=0.9, max_leverage=5.0, max_portfolio_risk=0.5, max_position_risk=0.5, kelly_fraction=1.0
    ),
    "no pauses": PROFILE._replace(max_position=0.05, max_drawdown=0.9),
    "nervous": PROFILE._replace(max_leverage=0.5, max_drawdown=0.03),
}
NERVOUS = no_house()._replace(entries_drawdown=0.0101, daily_loss=0.00502, pause_days=1.0, reduce_days=1.0)
# Nothing ends in a bar's levels without a reason of its own, and these two only the fills know.
OF_THE_SESSION = {
    Reason.REFUSED_MARKET_CLOSED,
    Reason.REFUSED_VOLATILITY,
    Reason.REFUSED_COLLAR,
    Reason.REFUSED_NOT_ALLOWED,
    Reason.REFUSED_FROZEN,
    Reason.REFUSED_EXTERNAL,
    Reason.REFUSED_UNGUARDED,
    Reason.ENTER_ADOPTED,
}
BY_LEVEL = {Reason.EXIT_STOP, Reason.EXIT_TARGET}


@cache
def pair(name, seed):
    return both(
        Market(
            random_panel(seed, 900), PROFILES[name], RULES, INSTRUMENTS, NERVOUS if name == "nervous" else no_house()
        )
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PROFILES)
def test_the_same_orders_fills_and_money(name, seed):
    run, desk = pair(name, seed)
    assert len(desk.fills) > 50
    assert_agree(run, desk)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_with_any_rules_and_venues(seed):
    assert_agree(*both(random_market(1000 + seed, 300, 1 + seed % 3)))


@pytest.mark.parametrize("seed", range(60))
def test_the_same_of_systems_with_specialists_weights_and_havens(seed):
    assert_agree(*both(random_books(seed, 250)))


def test_the_random_markets_reach_every_reason_bound_leg_and_cause():
    drawn = [one for seed in range(80) for one in (random_market(seed, 300, 3), random_books(seed, 300))]
    runs = [run_backtest(one.panel, one.parameters(), one.start()) for one in drawn]
    reasons = Counter(int(code) for run in runs for code in run.reasons.ravel())
    bounds = Counter(int(code) for run in runs for code in run.orders[:, ORDER_BOUND])
    legs = Counter(int(code) for run in runs for code in run.fills[:, FILL_LEG])
    assert {Reason(code) for code in reasons} == set(Reason) - BY_LEVEL - OF_THE_SESSION
    assert {Bound(code) for code in bounds} == set(Bound)
    assert {Leg(code) for code in legs} == set(Leg) - {Leg.NONE, Leg.EXPIRED, Leg.EXTERNAL}
    causes = Counter(int(code) for run in runs for code in run.switches[:, SWITCH_CAUSE])
    assert {Cause(code) for code in causes} == set(Cause)
    assert min(causes.values()) > 10
    assert min(*reasons.values(), *bounds.values(), *legs.values()) > 10
    trips = Counter((one.tripped, one.level, one.breaker) for run in runs for one in run.ladder_events())
    assert {breaker for _, _, breaker in trips} == set(Breaker) - {Breaker.NONE, Breaker.EMERGENCY}
    assert {level for _, level, _ in trips} == set(Level) - {Level.NONE}


def test_the_start_is_not_changed_and_a_run_repeats_itself():
    start = first_state(parameters().systems)
    before = start.copy()
    one, other = (run_backtest(random_panel(5, 400), parameters(), start) for _ in range(2))
    assert all(same_bits(getattr(start, name), getattr(before, name)) for name in State.__slots__)
    assert one.state.book[:, 0].any()
    assert intents_sha256(one.intents()) == intents_sha256(other.intents())
    assert same_bits(one.equity, other.equity)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_tables_that_grow_lose_nothing(rows, monkeypatch):
    panel = random_panel(6, 500)
    whole = run_backtest(panel, parameters(), first_state(parameters().systems))
    monkeypatch.setattr(module, "FIRST_ROWS", rows)
    grown = run_backtest(panel, parameters(), first_state(parameters().systems))
    assert min(len(whole.orders), len(whole.fills)) > 50
    for name in ("orders", "fills", "switches", "trips", "reasons", "held", "equities"):
        assert same_bits(getattr(grown, name), getattr(whole, name)), name
    assert same_bits(grown.state.book, whole.state.book)


def test_intents_and_executions_are_the_rows_of_the_tables():
    run, desk = pair("default", 0)
    intents, fills = run.intents(), run.executions()
    assert len(intents) == len(desk.orders) == len(run.orders)
    for one, order in zip(intents, desk.orders, strict=True):
        assert (one.symbol, one.bar) == (SYMBOLS_OF_A_MARKET[order.row], int(run.panel.ts[order.t]))
        assert (one.quantity, one.reason, one.bound, one.regime) == (
            order.quantity,
            order.reason,
            order.bound,
            order.regime,
        )
        assert (one.limit, one.stop, one.target, one.partial) == (order.limit, order.stop, order.target, order.partial)
        assert one.part == order.part
        assert one.price == run.panel.close[order.t, order.row]
        assert one.edge_bps == pytest.approx(run.panel.edge[order.t, order.row], nan_ok=True)
        assert one.side == ("buy" if order.quantity > 0.0 else "sell")
    for one, (t, i, deal, _), row in zip(fills, desk.fills, run.fills, strict=True):
        assert (row[FILL_T], row[FILL_ROW]) == (t, i)
        assert (one.symbol, one.ts) == (SYMBOLS_OF_A_MARKET[i], int(run.panel.ts[t]))
        assert (one.quantity, one.price, one.leg, one.regime) == (deal.quantity, deal.price, deal.leg, deal.regime)
        assert (one.fee, one.realised, one.slip) == tuple(row[[5, 7, 6]])


SYMBOLS_OF_A_MARKET = ("S0", "S1", "S2")


def test_parameters_stand_in_the_order_of_their_fields():
    packed = parameters()
    assert packed.profiles.tolist() == [list(PROFILE)]
    assert packed.rules.tolist() == [[list(row) for row in RULES]] * 3
    assert packed.instruments.tolist() == [list(row) for row in INSTRUMENTS]
    assert packed.rules[0, 3, 17] == OFF


@pytest.mark.parametrize("count", [3, 5])
def test_one_row_of_rules_for_each_regime_or_nothing(count):
    with pytest.raises(ValueError, match="rules of AAA, BBB, CCC: give one row for each of the 4 regimes"):
        parameters_for(PROFILE, (RULES[0],) * count, INSTRUMENTS)


def test_no_times_are_no_run():
    nothing = empty_panel(np.empty(0, np.int64), 3, np.empty((0, 2)))
    run = run_backtest(nothing, parameters(), first_state(parameters().systems))
    assert (len(run.orders), len(run.fills), len(run.equity)) == (0, 0, 0)
    assert same_bits(run.state.accounts, first_state(parameters().systems).accounts)
