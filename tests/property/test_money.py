"""Nothing is made and nothing is lost: the fold against the plain engine, and against itself bar by bar."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_markets import CAPITAL, Books, Market, seeded_books, seeded_markets, small_markets
from held_against import assert_agree, both
from houses import NONE
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import same_bits
from stepping import bar_by_bar

from models.engine import Panel, Run, run_backtest
from models.engine.panel import FLOW
from models.engine.parameters import COLUMN
from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_REALISED, FILL_ROW, FILL_SLIP
from models.kernels import nearest_step
from models.portfolio import apply_fill
from models.types import Instrument, Leg

pytestmark = pytest.mark.risk

prices = st.floats(min_value=0.01, max_value=1e5)
rates = st.floats(min_value=0.0, max_value=0.01)
# Lots that open or add (their sign is the position's), or the share of the position that is closed.
trades = st.lists(
    st.tuples(st.one_of(st.integers(1, 500), st.floats(-1.0, -0.01)), prices, rates), min_size=1, max_size=30
)
markets = st.one_of(small_markets(), seeded_markets(150), seeded_books(150))
LOT = Instrument._fields.index("lot")


@given(trades=trades, side=st.sampled_from([1.0, -1.0]), lot=st.sampled_from([1.0, 0.1, 1e-5]))
def test_fills_conserve_money(trades, side, lot):
    cash, quantity, cost, realised, scale = 1e6, 0.0, 0.0, 0.0, 1e6
    for wanted, price, rate in trades:
        lots = float(wanted) if wanted > 0 else np.floor(wanted * round(abs(quantity) / lot))
        filled = side * nearest_step(lots * lot, lot)
        if filled == 0.0:
            continue
        fee = abs(filled) * price * rate
        worth = cash + quantity * price
        cash, quantity, cost, profit = apply_fill(cash, quantity, cost, filled, price, fee, lot)
        scale += (abs(filled) + abs(quantity)) * price
        near = 1e-9 * scale
        # At its own price a fill costs its fee and nothing else.
        assert cash + quantity * price == pytest.approx(worth - fee, abs=near)
        assert side * quantity >= 0.0
        assert quantity == pytest.approx(round(quantity / lot) * lot, abs=lot * 1e-6)
        assert profit == 0.0 or wanted < 0
        realised += profit
        # What went out is in what is held, or came back as profit.
        assert cash + cost == pytest.approx(1e6 + realised, abs=near)
        if quantity == 0.0:
            assert cost == 0.0


@settings(max_examples=250)
@given(market=small_markets())
def test_a_few_bars_are_those_of_the_plain_engine(market):
    assert_agree(*both(market))


@settings(max_examples=120)
@given(market=seeded_markets(250))
def test_random_markets_are_those_of_the_plain_engine(market):
    assert_agree(*both(market))


@settings(max_examples=120)
@given(market=seeded_books(250))
def test_systems_with_specialists_are_those_of_the_plain_engine(market):
    assert_agree(*both(market))


def flows(panel: Panel) -> float:
    """What was paid in and out where somebody decided."""
    return float(panel.events[panel.decided, FLOW].sum())


def paid_in(run: Run, market: Market | Books) -> np.ndarray:
    """To each system, by what it was worth at that close."""
    paid = np.zeros(len(market.systems))
    for t in np.flatnonzero(market.panel.decided & (market.panel.events[:, FLOW] != 0.0)):
        paid += run.equities[t] / run.equity[t] * market.panel.events[t, FLOW]
    return paid


@settings(max_examples=150)
@given(market=markets)
def test_cash_and_cost_are_capital_and_what_was_made_of_it(market):
    run = whole(market)
    assert paid_in(run, market).sum() == pytest.approx(flows(market.panel), abs=1e-6)
    for k, system in enumerate(market.systems):
        account, rows = run.state.account(k), slice(*run.parameters.firsts[k : k + 2])
        book, fills = run.state.book[rows], of_rows(run, rows)
        near = 1e-9 * max(system.capital, account.traded)
        made = account.realised - account.carry + account.income + paid_in(run, market)[k]
        assert account.cash + book[:, 1].sum() == pytest.approx(system.capital + made, abs=near)
        quantity, price = fills[:, FILL_QUANTITY], fills[:, FILL_PRICE]
        assert account.traded == pytest.approx((abs(quantity) * price).sum(), rel=1e-12)
        for total, column in ((account.fees, FILL_FEE), (account.slip, FILL_SLIP)):
            assert total == pytest.approx(fills[:, column].sum(), rel=1e-9)
        if (market.panel.actions[:, :, 0] == 1.0).all():
            assert account.realised == pytest.approx(fills[:, FILL_REALISED].sum(), abs=near)
            for i in range(rows.start, rows.stop):
                held = quantity[fills[:, FILL_ROW] == i].sum()
                assert held == pytest.approx(
                    run.state.book[i, 0], abs=1e-6 * system.slots[i - rows.start].instrument.lot
                )


@settings(max_examples=150)
@given(market=markets)
def test_equity_is_cash_and_positions_at_their_last_closes(market):
    run = whole(market)
    for k in range(len(market.systems)):
        account, book = run.state.account(k), run.state.book[slice(*run.parameters.firsts[k : k + 2])]
        if market.panel.decided[-1]:
            assert account.equity == pytest.approx(account.cash + book[:, 0] @ book[:, 3], abs=1e-9 * CAPITAL)
        assert account.equity == run.equities[-1, k]
    assert run.equity[-1] == pytest.approx(run.state.total("equity"), rel=1e-12)
    first = market.panel.events[0, FLOW] if market.panel.decided[0] else 0.0
    assert run.equity[0] == pytest.approx(sum(one.capital for one in market.systems) + first, rel=1e-12)


@settings(max_examples=60)
@given(market=seeded_books(200))
def test_a_system_does_in_company_what_it_does_alone(market):
    """Its own cash, limits, records and book: nothing of another system reaches it but what the account limits."""
    events = np.zeros_like(market.panel.events)
    market = replace(market, house=NONE, panel=market.panel._replace(events=events))
    run = whole(market)
    for k, system in enumerate(market.systems):
        if not system.capital:
            # See test_finding_an_empty_account_without_limits_has_its_full_share.
            continue
        alone = whole(replace(market, systems=(system,)))
        rows = slice(*run.parameters.firsts[k : k + 2])
        assert same_bits(alone.state.accounts[0], run.state.accounts[k])
        assert same_bits(alone.state.book, run.state.book[rows])
        assert same_bits(alone.state.records[0], run.state.records[k])
        assert same_bits(alone.reasons, run.reasons[:, rows])
        assert same_bits(alone.equities[:, 0], run.equities[:, k])
        together = of_rows(run, rows).copy()
        together[:, FILL_ROW] -= rows.start
        assert same_bits(alone.fills, together)


@settings(max_examples=150)
@given(market=markets)
def test_only_what_closes_earns(market):
    run = whole(market)
    opens = np.isin(run.fills[:, FILL_LEG], (Leg.ENTRY, Leg.ADD))
    assert not run.fills[opens, FILL_REALISED].any()
    assert (run.fills[:, FILL_PRICE] > 0.0).all()
    assert (run.fills[:, [FILL_FEE, FILL_SLIP]] >= 0.0).all()
    held = np.zeros(len(run.state.book))
    split = market.panel.actions[:, run.parameters.slots[:, COLUMN], 0].cumprod(axis=0)
    for t, i, leg, quantity in run.fills[:, [0, 1, 2, 3]].tolist():
        before = held[int(i)] * split[int(t), int(i)]
        after = before + quantity
        near = 1e-6 * abs(quantity) + run.parameters.instruments[int(i), LOT] * split[:, int(i)].max() * 2.0
        if leg == Leg.ENTRY:
            assert abs(before) <= near
        elif leg == Leg.ADD:
            assert before * quantity > 0.0
        else:
            # A position is reduced, never turned.
            assert before * quantity < 0.0
            assert abs(after) <= abs(before) + near
            assert after * before >= 0.0 or abs(after) <= near
        held[int(i)] = after / split[int(t), int(i)]


@settings(max_examples=60)
@given(market=markets)
def test_bar_by_bar_with_the_state_as_the_journal_keeps_it_is_all_at_once(market):
    run, parts = whole(market), list(bar_by_bar(market))
    state = parts[-1].state
    for name in ("orders", "fills", "switches", "trips"):
        tables = [getattr(part, name) for part in parts]
        for t, table in enumerate(tables):
            table[:, 0] = t
        assert same_bits(np.concatenate(tables), getattr(run, name)), name
    for name in ("reasons", "held", "equities"):
        assert same_bits(np.concatenate([getattr(part, name) for part in parts]), getattr(run, name)), name
    assert same_bits(state.accounts, run.state.accounts)
    assert same_bits(state.book, run.state.book)
    assert same_bits(state.records, run.state.records)
    assert same_bits(state.ladder, run.state.ladder)


def whole(market: Market | Books) -> Run:
    return run_backtest(market.panel, market.parameters(), market.start())


def of_rows(run: Run, rows: slice) -> np.ndarray:
    """The fills of some rows of the book."""
    return run.fills[(run.fills[:, FILL_ROW] >= rows.start) & (run.fills[:, FILL_ROW] < rows.stop)]
