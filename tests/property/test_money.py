"""Nothing is made and nothing is lost: cash, cost, realised profit and fees of any sequence of fills and bars."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import HORIZON, INSTRUMENTS, PROFILE, random_panel

from models.engine import book_fill, decide, first_state, parameters_of, run_backtest, settle
from models.engine.parameters import LOT, MIN_NOTIONAL
from models.engine.state import CASH, COST, COSTS, EQUITY, LAST, PENDING, QUANTITY
from models.portfolio import apply_fill
from models.types import Reason
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

CAPITAL = 10_000.0
prices = st.floats(min_value=0.01, max_value=1e5)
rates = st.floats(min_value=0.0, max_value=0.01)
# A buy of so many units, or the sale of this share of what is held.
fills = st.lists(
    st.tuples(st.one_of(st.integers(1, 500), st.floats(-1.0, -0.01)), prices, rates), min_size=1, max_size=30
)


@given(fills=fills)
def test_fills_conserve_money(fills):
    cash, quantity, cost = 1e6, 0.0, 0.0
    realised = fees = scale = 0.0
    for wanted, price, rate in fills:
        traded = float(wanted) if wanted > 0 else wanted * quantity
        if traded == 0.0:
            continue
        fee = abs(traded) * price * rate
        before = cash + quantity * price
        cash, quantity, cost, profit = apply_fill(cash, quantity, cost, traded, price, fee)
        scale += abs(traded) * price + 1e6
        near = 1e-12 * scale
        # At its own price a fill costs its fee and nothing else.
        assert cash + quantity * price == pytest.approx(before - fee, abs=near)
        assert quantity >= 0.0
        assert cost >= -near
        assert profit == 0.0 or traded < 0.0
        realised += profit
        fees += fee
        # What went out is in what is held, or came back as profit.
        assert cash + cost == pytest.approx(1e6 + realised, abs=near)
        if quantity == 0.0:
            assert cost == 0.0


@given(fills=fills, last=prices)
def test_booked_fills_are_price_moves_times_quantity_minus_costs(fills, last):
    state = first_state(1e9, 1)
    held = move = costs = scale = 0.0
    before = fills[0][1]
    for wanted, price, rate in fills:
        traded = float(wanted) if wanted > 0 else wanted * held
        fee, opened = abs(traded) * price * rate, price * 0.999
        book_fill(state.account, state.book, 0, traded, price, fee, opened)
        move += held * (price - before)
        costs += fee + abs(traded) * abs(price - opened)
        move -= fee
        held, before = float(state.book[0, QUANTITY]), price
        scale += (abs(traded) + held) * price
    equity = state.account[CASH] + held * last
    assert equity - 1e9 == pytest.approx(move + held * (last - before), abs=1e-9 * (scale + held * last) + 1e-5)
    assert state.account[COSTS] == pytest.approx(costs, rel=1e-9)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), greed=st.sampled_from([1.0, 3.0]))
def test_bar_after_bar_there_is_no_debt_no_short_and_no_lost_cent(seed, greed):
    panel, packed = random_panel(seed, 200), parameters_of(PROFILE, INSTRUMENTS, HORIZON)
    packed.profile[:4] *= greed
    state = first_state(CAPITAL, 3)
    orders, reasons, bounds = np.zeros(3), np.zeros(3, np.int64), np.zeros(3, np.int64)
    realised = 0.0
    for t in range(200):
        for i in range(3):
            quantity, _, _, profit = settle(state.account, state.book, i, panel.open[t, i], packed.instruments)
            realised += profit
            assert profit == 0.0 or quantity < 0.0
        assert state.account[CASH] >= -1e-6
        decide(
            float(panel.ts[t] // DAY),
            *(getattr(panel, name)[t] for name in ("close", "edge", "regime", "volatility", "gate")),
            packed.profile,
            packed.instruments,
            state.account,
            state.book,
            orders,
            reasons,
            bounds,
        )
        book = state.book
        assert (book[:, QUANTITY] >= 0.0).all()
        assert state.account[CASH] + book[:, COST].sum() == pytest.approx(CAPITAL + realised, abs=1e-6)
        assert state.account[EQUITY] == pytest.approx(
            state.account[CASH] + book[:, QUANTITY] @ book[:, LAST], rel=1e-12
        )
        buys = orders > 0.0
        assert (book[orders != 0.0, PENDING] == orders[orders != 0.0]).all()
        assert (reasons[buys] == int(Reason.ENTER_EDGE)).all()
        assert (orders[buys] * panel.close[t][buys] >= packed.instruments[buys, MIN_NOTIONAL]).all()
        lots = orders / packed.instruments[:, LOT]
        np.testing.assert_allclose(lots, np.round(lots), atol=1e-6)
        sells = orders < 0.0
        assert (-orders[sells] == book[sells, QUANTITY]).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_equity_moves_by_prices_and_costs_alone(seed):
    panel = random_panel(seed, 150)
    panel.gate[:] = 0
    for column in (panel.close, panel.open):
        column[~(np.isfinite(column) & (column > 0.0))] = 50.0
    found = run_backtest(("A", "B", "C"), panel, parameters_of(PROFILE, INSTRUMENTS, HORIZON), first_state(CAPITAL, 3))
    before = np.vstack([np.zeros(3), found.held[:-1]])
    last = np.vstack([panel.close[0], panel.close[:-1]])
    gained = (before * (panel.close - last)).sum(axis=1)
    gained += (found.filled * (panel.close - found.price)).sum(axis=1) - found.fee.sum(axis=1)
    np.testing.assert_allclose(np.diff(found.equity, prepend=CAPITAL), gained, atol=1e-7)
