"""The compiled backtest against the same thing written again in plain Python, and its figures by hand."""

from dataclasses import replace

import numpy as np
import pytest
from markets import HORIZON, INSTRUMENTS, PROFILE, parameters, random_panel, same_bits
from plain_engine import Desk

from models.engine import Panel, first_state, parameters_of, run_backtest
from models.engine.state import CASH, COST, COSTS, PENDING, QUANTITY
from models.types import Bound, Reason, intents_sha256
from models.types.timeframes import DAY, HOUR

SYMBOLS = ("AAA", "BBB", "CCC")
CAPITAL = 10_000.0
PROFILES = {
    "default": PROFILE,
    "cash binds": replace(PROFILE, max_position=0.9, max_leverage=5.0, max_portfolio_risk=0.5, max_position_risk=0.5),
    "no pauses": replace(PROFILE, max_position=0.24, max_drawdown=0.9, daily_loss=0.9, regime_share=(1.0,) * 4),
    "nervous": replace(
        PROFILE, max_leverage=0.5, stop_loss=0.005, take_profit=0.01, max_drawdown=0.03, daily_loss=0.005
    ),
}


def run(seed, profile=PROFILE, times=900):
    panel = random_panel(seed, times)
    packed = parameters_of(profile, INSTRUMENTS, HORIZON)
    found = run_backtest(SYMBOLS, panel, packed, first_state(CAPITAL, 3))
    return found, Desk(profile, INSTRUMENTS, HORIZON, CAPITAL).run(panel)


@pytest.fixture(scope="module", params=[(name, seed) for name in PROFILES for seed in range(3)], ids=str)
def pair(request):
    name, seed = request.param
    return run(seed, PROFILES[name])


def test_the_same_orders_to_the_bit(pair):
    found, plain = pair
    assert same_bits(found.orders, np.array([[one[0] for one in row] for row in plain.log]))
    assert (found.reasons == np.array([[int(one[1]) for one in row] for row in plain.log])).all()
    assert (found.bounds == np.array([[int(one[2]) for one in row] for row in plain.log])).all()


def test_the_same_fills(pair):
    found, plain = pair
    assert len(plain.fills) > 50
    assert int((found.filled != 0.0).sum()) == len(plain.fills)
    for t, i, quantity, price, fee, profit in plain.fills:
        assert (found.filled[t, i], found.price[t, i]) == (quantity, price)
        assert found.fee[t, i] == pytest.approx(fee, rel=1e-12)
        assert found.realised[t, i] == pytest.approx(profit, rel=1e-9, abs=1e-9)


def test_the_same_equity_cash_and_costs(pair):
    found, plain = pair
    np.testing.assert_allclose(found.equity, plain.equities, rtol=1e-11)
    assert found.state.account[CASH] == pytest.approx(plain.cash, rel=1e-11)
    assert found.state.account[COSTS] == pytest.approx(plain.costs, rel=1e-11)
    for i, one in enumerate(plain.positions):
        assert (found.state.book[i, QUANTITY], found.state.book[i, PENDING]) == (one.quantity, one.ordered)


def test_the_trades_are_the_sales(pair):
    found, plain = pair
    bought, expected = {}, []
    for t, i, quantity, price, _, profit in plain.fills:
        ts = int(found.panel.ts[t])
        if quantity > 0.0:
            bought[i] = (ts, price)
        else:
            expected.append((SYMBOLS[i], bought[i][0], ts, -quantity, bought[i][1], price, pytest.approx(profit)))
    trades = [
        (x.symbol, x.entered, x.exited, x.quantity, x.entry_price, x.exit_price, x.profit) for x in found.trades()
    ]
    assert trades == expected


def test_the_metrics_are_those_of_the_plain_run(pair):
    found, plain = pair
    metrics = found.metrics(per_year=2190)
    equity = np.array(plain.equities)
    returns = np.diff(equity) / equity[:-1]
    assert metrics.sharpe == pytest.approx(np.mean(returns) / np.std(returns, ddof=1) * np.sqrt(2190), rel=1e-7)
    assert metrics.total_return == pytest.approx(equity[-1] / equity[0] - 1.0, rel=1e-9)
    assert metrics.max_drawdown == pytest.approx(
        max(1.0 - low / max(equity[: t + 1]) for t, low in enumerate(equity)), rel=1e-9
    )
    profits = [one[5] for one in plain.fills if one[2] < 0.0]
    assert metrics.trades == len(profits)
    assert metrics.win_rate == sum(one > 0.0 for one in profits) / len(profits)
    assert metrics.exposure == np.mean((found.held > 0.0).any(axis=1))


def test_the_random_panels_reach_every_reason_and_every_bound():
    reasons, bounds = set(), set()
    for name, seed in (("default", 0), ("cash binds", 1), ("no pauses", 1), ("nervous", 2)):
        found, _ = run(seed, PROFILES[name])
        reasons |= {Reason(int(one)) for one in np.unique(found.reasons)}
        bounds |= {Bound(int(one)) for one in np.unique(found.bounds)}
    assert reasons == set(Reason)
    assert bounds == set(Bound)


def quiet_panel(closes, opens, edge):
    n = len(closes)
    column = lambda values, kind=np.float64: np.array(values, kind).reshape(n, 1)  # noqa: E731
    return Panel(
        ts=np.arange(n, dtype=np.int64) * HOUR + DAY,
        open=column(opens),
        close=column(closes),
        edge=column(edge),
        regime=np.ones((n, 1), np.int64),
        volatility=np.full((n, 1), 0.005),
        gate=np.zeros((n, 1), np.int64),
    )


def test_one_round_trip_by_hand():
    """Ten thousand, a fifth in one position: decided at 100, bought at 101, sold at 109 when the edge turns."""
    profile = replace(PROFILE, max_position=0.2, take_profit=0.5, kelly_fraction=9.0)
    instrument = replace(INSTRUMENTS[0], fee_rate=0.001, slippage_rate=0.0, tick=0.01, lot=0.1)
    panel = quiet_panel(
        closes=[100.0, 103.0, 108.0, 110.0],
        opens=[99.0, 101.0, 104.0, 109.0],
        edge=[50.0, 50.0, -1.0, np.nan],
    )
    found = run_backtest(("AAA",), panel, parameters_of(profile, (instrument,), 6), first_state(CAPITAL, 1))
    np.testing.assert_array_equal(found.orders[:, 0], [20.0, 0.0, -20.0, 0.0])
    np.testing.assert_array_equal(found.filled[:, 0], [0.0, 20.0, 0.0, -20.0])
    np.testing.assert_array_equal(found.held[:, 0], [0.0, 20.0, 20.0, 0.0])
    cash = CAPITAL - 2020.0 - 2.02
    end = cash + 2180.0 - 2.18
    np.testing.assert_allclose(found.equity, [CAPITAL, cash + 2060.0, cash + 2160.0, end], rtol=1e-14)
    (trade,) = found.trades()
    assert (trade.entered, trade.exited) == (DAY + HOUR, DAY + 3 * HOUR)
    assert (trade.quantity, trade.entry_price, trade.exit_price) == (20.0, 101.0, 109.0)
    assert trade.profit == pytest.approx(end - CAPITAL, rel=1e-12)
    buy, sell = found.intents()
    assert (buy.side, buy.bar, buy.quantity, buy.price, buy.edge_bps) == ("buy", DAY, 20.0, 100.0, 50.0)
    assert (buy.reason, buy.bound) == (Reason.ENTER_EDGE, Bound.PROFILE_POSITION)
    assert (sell.side, sell.bar, sell.quantity, sell.reason) == ("sell", DAY + 2 * HOUR, -20.0, Reason.EXIT_EDGE)
    assert found.metrics(8760).costs == pytest.approx(2.02 + 2.18)


def test_the_start_is_not_changed_and_a_run_repeats_itself():
    start = first_state(CAPITAL, 3)
    panel = random_panel(5, 400)
    one, other = (run_backtest(SYMBOLS, panel, parameters(), start) for _ in range(2))
    assert start.account[CASH] == CAPITAL
    assert not start.book[:, COST].any()
    assert intents_sha256(one.intents()) == intents_sha256(other.intents())
    assert same_bits(one.equity, other.equity)


@pytest.mark.parametrize("cut", [1, 137, 399])
def test_a_run_in_two_parts_is_the_run(cut):
    panel = random_panel(6, 400)
    whole = run_backtest(SYMBOLS, panel, parameters(), first_state(CAPITAL, 3))
    parts = [
        Panel(*(getattr(panel, name)[rows] for name in Panel.__slots__)) for rows in (slice(0, cut), slice(cut, 400))
    ]
    first = run_backtest(SYMBOLS, parts[0], parameters(), first_state(CAPITAL, 3))
    second = run_backtest(SYMBOLS, parts[1], parameters(), first.state)
    assert same_bits(np.concatenate([first.orders, second.orders]), whole.orders)
    assert same_bits(np.concatenate([first.equity, second.equity]), whole.equity)
    assert same_bits(second.state.account, whole.state.account)
    assert same_bits(second.state.book, whole.state.book)
