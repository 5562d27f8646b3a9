"""The step: one bar in, an order and a reason out, one row each."""

import math

import numpy as np
import pytest

from models.engine import decide, first_state, parameters_of
from models.engine.state import CASH, COST, DAY, DAY_START, ENTRY, EQUITY, LAST, PAUSED_UNTIL, PEAK, PENDING, QUANTITY
from models.risk import RiskProfile
from models.types import Bound, Instrument, Reason, Regime

NAN, INF = math.nan, math.inf
# A fifth of equity a position and a stop at 10 %; an entry has to pay 2 * (10 + 5) = 30 basis points.
PROFILE = RiskProfile(
    max_portfolio_risk=0.5,
    max_position_risk=0.5,
    max_position=0.2,
    max_leverage=3.0,
    max_drawdown=0.2,
    stop_loss=0.1,
    take_profit=0.2,
    daily_loss=0.05,
    kelly_fraction=1.0,
    pause_days=30.0,
    entry_cost_multiple=1.0,
    regime_share=(0.5, 1.0, 1.0, 0.0),
)
RULES = Instrument(tick=0.01, lot=0.1, min_notional=5.0, fee_rate=0.001, slippage_rate=0.0005, class_limit=1.0)
MULTIPLE = 10  # column of entry_cost_multiple
TODAY = 100.0


class Bar:
    """One closed bar of two symbols, quiet and without an edge until told otherwise; the first one is looked at."""

    def __init__(self, held=0.0, entry=100.0, capital=10_000.0, rules=(RULES, RULES), day=TODAY, **account):
        self.state = first_state(capital, 2)
        self.state.book[0, [QUANTITY, ENTRY, LAST, COST]] = held, entry if held else 0.0, entry, held * entry
        for name, value in {"day": TODAY, **account}.items():
            self.state.account[{"day": DAY, "peak": PEAK, "start": DAY_START, "until": PAUSED_UNTIL}[name]] = value
        self.parameters = parameters_of(PROFILE, rules, horizon=4)
        self.day = day

    def close(self, close=100.0, edge=50.0, regime=Regime.TRENDING, volatility=0.01, gate=0, other=NAN, pending=0.0):
        self.state.book[0, PENDING] = pending
        self.orders, self.reasons, self.bounds = np.full(2, 77.0), np.full(2, 77), np.full(2, 77)
        decide(
            self.day,
            np.array([close, 50.0]),
            np.array([edge, other]),
            np.full(2, int(regime)),
            np.array([volatility, 0.01]),
            np.array([int(gate), 0]),
            self.parameters.profile,
            self.parameters.instruments,
            self.state.account,
            self.state.book,
            self.orders,
            self.reasons,
            self.bounds,
        )
        return Reason(int(self.reasons[0])), float(self.orders[0])


R = Reason
# What is held (bought at 100), the bar, and what comes of it.
TABLE = [
    # entries
    (0.0, {}, R.ENTER_EDGE, 20.0),
    (0.0, {"edge": 30.1}, R.ENTER_EDGE, 20.0),
    (0.0, {"edge": 30.0}, R.HOLD_FLAT, 0.0),
    (0.0, {"edge": -50.0}, R.HOLD_FLAT, 0.0),
    (0.0, {"edge": NAN}, R.REFUSED_NO_PREDICTION, 0.0),
    (0.0, {"volatility": NAN}, R.REFUSED_WARM_UP, 0.0),
    (0.0, {"volatility": 0.0}, R.REFUSED_WARM_UP, 0.0),
    (0.0, {"regime": Regime.RANGING}, R.ENTER_EDGE, 20.0),
    (0.0, {"regime": Regime.VOLATILE}, R.ENTER_EDGE, 10.0),
    (0.0, {"regime": Regime.CRISIS}, R.REFUSED_REGIME, 0.0),
    (0.0, {"gate": R.REFUSED_STOPPED}, R.REFUSED_STOPPED, 0.0),
    (0.0, {"gate": R.REFUSED_STOPPED, "edge": 10.0}, R.HOLD_FLAT, 0.0),
    # nothing can be done at all, whatever is held
    (0.0, {"gate": R.REFUSED_NO_BAR}, R.REFUSED_NO_BAR, 0.0),
    (9.0, {"gate": R.REFUSED_NO_BAR, "close": 1.0}, R.REFUSED_NO_BAR, 0.0),
    (0.0, {"gate": R.REFUSED_STALE}, R.REFUSED_STALE, 0.0),
    (0.0, {"gate": R.REFUSED_DATA}, R.REFUSED_DATA, 0.0),
    (9.0, {"gate": R.REFUSED_DATA, "close": 1.0}, R.REFUSED_DATA, 0.0),
    (0.0, {"gate": R.REFUSED_NOT_LISTED}, R.REFUSED_NOT_LISTED, 0.0),
    (9.0, {"gate": R.REFUSED_STALE, "close": 1.0}, R.REFUSED_STALE, 0.0),
    (0.0, {"close": NAN}, R.REFUSED_BAD_PRICE, 0.0),
    (9.0, {"close": NAN, "edge": -50.0}, R.REFUSED_BAD_PRICE, 0.0),
    (9.0, {"close": 0.0}, R.REFUSED_BAD_PRICE, 0.0),
    (9.0, {"close": -3.0}, R.REFUSED_BAD_PRICE, 0.0),
    (0.0, {"close": INF}, R.REFUSED_BAD_PRICE, 0.0),
    # an order is on its way
    (0.0, {"pending": 3.0}, R.HOLD_POSITION, 0.0),
    (9.0, {"pending": -9.0, "close": 50.0}, R.HOLD_POSITION, 0.0),
    # exits
    (9.0, {}, R.HOLD_POSITION, 0.0),
    (9.0, {"edge": 0.0}, R.HOLD_POSITION, 0.0),
    (9.0, {"edge": NAN}, R.HOLD_POSITION, 0.0),
    (9.0, {"edge": -0.1}, R.EXIT_EDGE, -9.0),
    (9.0, {"close": 90.01}, R.HOLD_POSITION, 0.0),
    (9.0, {"close": 90.0}, R.EXIT_STOP, -9.0),
    (9.0, {"close": 90.0, "edge": -5.0}, R.EXIT_STOP, -9.0),
    (9.0, {"close": 119.99}, R.HOLD_POSITION, 0.0),
    (9.0, {"close": 120.0}, R.EXIT_TARGET, -9.0),
    (9.0, {"close": 120.0, "edge": NAN}, R.EXIT_TARGET, -9.0),
    # what forbids entries forbids no exit
    (9.0, {"gate": R.REFUSED_STOPPED, "close": 90.0}, R.EXIT_STOP, -9.0),
    (9.0, {"gate": R.REFUSED_STOPPED, "edge": -1.0}, R.EXIT_EDGE, -9.0),
    (9.0, {"regime": Regime.CRISIS, "volatility": NAN, "close": 120.0}, R.EXIT_TARGET, -9.0),
]


@pytest.mark.parametrize(("held", "bar", "reason", "order"), TABLE)
def test_decide(held, bar, reason, order):
    at = Bar(held)
    assert at.close(**bar) == (reason, order)
    assert at.state.book[0, PENDING] == (bar.get("pending", 0.0) or order)
    assert (R(int(at.reasons[1])), at.orders[1], at.bounds[1]) == (R.REFUSED_NO_PREDICTION, 0.0, 0)


# The account before the bar, the day's number and the close; 20 units were bought at 100.
PAUSES = [
    ({"start": 10_000.0, "peak": 10_000.0}, TODAY, 100.0, R.ENTER_EDGE),
    ({"start": 10_526.0, "peak": 10_526.0}, TODAY, 100.0, R.ENTER_EDGE),
    ({"start": 10_527.0, "peak": 10_527.0}, TODAY, 100.0, R.REFUSED_DAILY_LOSS),
    ({"start": 10_527.0, "peak": 10_527.0}, TODAY + 1, 100.0, R.ENTER_EDGE),
    ({"start": 10_000.0, "peak": 12_499.0}, TODAY, 100.0, R.ENTER_EDGE),
    ({"start": 10_000.0, "peak": 12_500.0}, TODAY, 100.0, R.REFUSED_DRAWDOWN),
    ({"start": 10_000.0, "peak": 10_000.0, "until": TODAY + 1}, TODAY, 100.0, R.REFUSED_DRAWDOWN),
    ({"start": 10_000.0, "peak": 99_000.0, "until": TODAY}, TODAY, 100.0, R.ENTER_EDGE),
]


@pytest.mark.risk
@pytest.mark.parametrize(("account", "day", "close", "reason"), PAUSES)
def test_pauses_forbid_entries(account, day, close, reason):
    assert Bar(day=day, **account).close(close)[0] is reason


@pytest.mark.risk
@pytest.mark.parametrize("account", [row[0] for row in PAUSES])
def test_pauses_forbid_no_exit(account):
    assert Bar(held=9.0, **account).close(90.0) == (R.EXIT_STOP, -9.0)


def test_every_reason_is_reached():
    small = {R.REFUSED_MIN_NOTIONAL}
    assert {row[2] for row in TABLE} | {row[3] for row in PAUSES} | small == set(Reason)


@pytest.mark.risk
@pytest.mark.parametrize(
    ("capital", "lot", "smallest", "reason", "order"),
    [
        (10_000.0, 0.1, 2_000.0, R.ENTER_EDGE, 20.0),
        (10_000.0, 0.1, 2_000.01, R.REFUSED_MIN_NOTIONAL, 0.0),
        (10_000.0, 3.0, 5.0, R.ENTER_EDGE, 18.0),
        (10_000.0, 3.0, 1_801.0, R.REFUSED_MIN_NOTIONAL, 0.0),
        (10_000.0, 21.0, 5.0, R.REFUSED_MIN_NOTIONAL, 0.0),
        (10_000.0, 21.0, 0.0, R.REFUSED_MIN_NOTIONAL, 0.0),
        (24.0, 0.01, 5.0, R.REFUSED_MIN_NOTIONAL, 0.0),
        (26.0, 0.01, 5.0, R.ENTER_EDGE, 0.05),
    ],
)
def test_no_entry_below_the_lot_or_the_smallest_order(capital, lot, smallest, reason, order):
    rules = Instrument(0.01, lot, smallest, 0.001, 0.0005, 1.0)
    at = Bar(capital=capital, rules=(rules, rules))
    assert at.close() == (reason, order)
    assert Bound(int(at.bounds[0])) is Bound.PROFILE_POSITION


@pytest.mark.parametrize(("multiple", "edge", "reason"), [(2.0, 60.0, R.HOLD_FLAT), (2.0, 60.1, R.ENTER_EDGE)])
def test_an_edge_pays_for_a_multiple_of_the_round_trip(multiple, edge, reason):
    at = Bar()
    at.parameters.profile[MULTIPLE] = multiple
    assert at.close(edge=edge)[0] is reason


@pytest.mark.risk
def test_two_symbols_share_the_cash_in_order():
    at = Bar(capital=1_000.0)
    at.parameters.profile[2] = 0.6  # max_position
    assert at.close(other=50.0) == (R.ENTER_EDGE, 6.0)
    assert list(at.bounds) == [Bound.PROFILE_POSITION, Bound.CASH]
    # 1000 - 600 * 1.0015 = 399.1 are left, 398.5 before costs: 7.9 lots of 50.
    assert (R(int(at.reasons[1])), at.orders[1]) == (R.ENTER_EDGE, 7.9)


@pytest.mark.risk
@pytest.mark.parametrize(
    ("column", "limit", "bound", "units"), [(3, 0.25, Bound.LEVERAGE, 10.0), (0, 0.03, Bound.PORTFOLIO_RISK, 20.0)]
)
def test_two_symbols_share_leverage_and_risk_in_order(column, limit, bound, units):
    at = Bar()
    at.parameters.profile[column] = limit
    assert at.close(other=50.0) == (R.ENTER_EDGE, 20.0)
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (bound, units)


@pytest.mark.risk
def test_a_position_held_takes_from_leverage_and_risk():
    at = Bar(held=20.0)
    at.parameters.profile[3] = 0.35
    at.close(110.0, other=50.0)
    # Equity 10000 + 2200; exposure 2200 of 4270.
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (Bound.LEVERAGE, 41.4)
    at = Bar(held=20.0)
    at.parameters.profile[0] = 0.05
    at.close(110.0, other=50.0)
    # From 110 to the stop at 90 the position loses 400 of 610.
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (Bound.PORTFOLIO_RISK, 42.0)


@pytest.mark.risk
def test_a_position_below_its_stop_makes_no_room_for_others():
    at = Bar(held=20.0)
    at.parameters.profile[0] = 0.01
    assert at.close(50.0, other=50.0) == (R.EXIT_STOP, -20.0)
    # Equity 10000 + 1000, of which others may lose 110 at a stop of 10 %.
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (Bound.PORTFOLIO_RISK, 22.0)


@pytest.mark.parametrize(
    ("gate", "close", "equity", "last"),
    [
        (0, 110.0, 10_990.0, 110.0),
        (R.REFUSED_STALE, 110.0, 10_990.0, 110.0),
        (R.REFUSED_DATA, 110.0, 10_900.0, 100.0),
        (R.REFUSED_NO_BAR, 110.0, 10_900.0, 100.0),
        (0, NAN, 10_900.0, 100.0),
        (0, -1.0, 10_900.0, 100.0),
    ],
)
def test_equity_is_marked_at_the_last_known_close(gate, close, equity, last):
    at = Bar(held=9.0)
    at.close(close, gate=gate)
    assert (at.state.account[EQUITY], at.state.book[0, LAST], at.state.account[CASH]) == (equity, last, 10_000.0)


def test_a_new_day_starts_at_the_equity_of_the_bar_before():
    at = Bar(held=9.0)
    at.close(110.0)
    at.day += 1
    at.close(120.0)
    assert (at.state.account[DAY], at.state.account[DAY_START]) == (TODAY + 1, 10_990.0)
    at.close(115.0)
    assert at.state.account[DAY_START] == 10_990.0


@pytest.mark.risk
@pytest.mark.parametrize(
    ("column", "limit", "bound", "units"), [(3, 0.25, Bound.LEVERAGE, 10.0), (0, 0.03, Bound.PORTFOLIO_RISK, 20.0)]
)
def test_an_order_that_waits_for_a_bar_takes_from_leverage_and_risk(column, limit, bound, units):
    """20 units of 100 were ordered when the first symbol had its last bar; now it has none."""
    at = Bar()
    at.state.book[0, LAST] = 100.0
    at.parameters.profile[column] = limit
    at.close(NAN, gate=R.REFUSED_NO_BAR, other=50.0, pending=20.0)
    assert R(int(at.reasons[0])) == R.REFUSED_NO_BAR
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (bound, units)


@pytest.mark.risk
def test_an_order_that_waits_for_a_bar_takes_from_the_cash():
    at = Bar(capital=1_000.0)
    at.parameters.profile[2] = 0.6  # max_position
    at.state.book[0, LAST] = 100.0
    at.close(NAN, gate=R.REFUSED_NO_BAR, other=50.0, pending=6.0)
    assert (Bound(int(at.bounds[1])), at.orders[1]) == (Bound.CASH, 7.9)
