"""What a backtest reads off its run: exposure, costs, refusals, fills that no bar explains, holding instead."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from backtest_reports import CAPITAL, hourly_panel, report_of
from drawn_markets import Market, random_market, seeded_markets
from hypothesis import given, settings

from models.engine import run_backtest
from models.engine.state import LAST
from models.engine.tables import FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_SLIP, FILL_T
from models.engine.trades import trades_of
from models.execution import Bar, is_usable
from models.features import FeatureInputs
from models.types import CALENDARS, Bars, Leg, Reason, Series
from tasks.session.backtesting.measuring import (
    costs,
    exposure,
    holding,
    last_closes,
    measured,
    outside_trades,
    refusals,
    usable_bars,
)
from tasks.session.market import MarketView


def run_of(market: Market):
    return run_backtest(market.panel, market.parameters(), market.start())


@given(seeded_markets(80))
@settings(max_examples=60)
def test_closes_and_exposure_are_those_of_the_book(market: Market) -> None:
    whole = run_of(market)
    closes = last_closes(whole)
    held_value = np.abs(whole.held) * closes
    for end in (whole.panel.ts.size, (whole.panel.ts.size + 1) // 2):
        part = whole.panel._replace(
            **{name: getattr(whole.panel, name)[:end] for name in whole.panel._fields if name != "finer"}
        )
        book = run_backtest(part, market.parameters(), market.start()).state.book
        known = closes[end - 1] > 0.0
        assert closes[end - 1][known] == pytest.approx(book[known, LAST], rel=1e-12)
        assert held_value[end - 1].sum() == pytest.approx(float((np.abs(book[:, 0]) * book[:, LAST]).sum()), abs=1e-7)
    gross = exposure(whole)
    funded = whole.equity > 0.0
    assert gross[funded] == pytest.approx(held_value.sum(axis=1)[funded] / whole.equity[funded])
    assert not gross[~funded].any()
    usable = usable_bars(whole)
    for place in np.ndindex(usable.shape):
        assert usable[place] == is_usable(Bar(*whole.panel.prices[place].tolist()))


def test_a_split_on_a_bar_without_prices_moves_the_last_close_along() -> None:
    panel = hourly_panel(1, 50)
    panel.actions[20, 0] = 2.0, 0.0
    panel.prices[20, 0] = np.nan
    closes = last_closes(report_of(panel).run)[:, 0]
    assert closes[19:22].tolist() == [panel.close[19, 0], panel.close[19, 0] / 2.0, panel.close[21, 0]]


def test_no_exposure_is_counted_where_nothing_is_left() -> None:
    run = report_of(hourly_panel(1, 400)).run
    ruined = replace(run, equities=np.where(np.arange(400)[:, None] < 200, run.equities, 0.0))
    for system in (None, 0, 1):
        assert exposure(run, system)[200:].any()
        assert not exposure(ruined, system)[200:].any()


def test_costs_are_all_that_was_paid() -> None:
    for seed in range(5):
        run = run_of(random_market(seed, 400, 3))
        fees, slip = (sum(getattr(one, name) for one in run.executions()) for name in ("fee", "slip"))
        assert costs(run) == pytest.approx(fees + slip + run.state.total("carry"))
        traded = sum(abs(one.quantity) * one.price for one in run.executions())
        figures = measured(run, trades_of(run.executions(), run.intents(), {}), 8760.0)
        years = (run.panel.ts.size - 1) / 8760.0
        assert figures.costs == costs(run)
        assert figures.turnover == pytest.approx(traded / run.equity.mean() / years)


def test_every_refusal_is_counted_and_nothing_else() -> None:
    run = run_of(random_market(3, 600, 3))
    said = Counter(Reason(int(code)) for code in run.reasons.ravel())
    assert refusals(run) == {one.name.lower(): count for one, count in said.items() if one.is_refusal}
    counts = list(refusals(run).values())
    assert len(counts) > 4
    assert counts == sorted(counts, reverse=True)


def test_honest_fills_are_never_outside_of_their_bars() -> None:
    for seed in range(60):
        market = random_market(seed, 300, 3)
        run = run_of(market)
        trades = trades_of(run.executions(), run.intents(), {})
        assert outside_trades(run, trades) == ()


@pytest.mark.parametrize(("side", "beyond", "noticed"), [("high", 0.5, True), ("low", 0.5, True), ("high", 0.0, False)])
@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.PARTIAL, Leg.STOP, Leg.EXIT])
def test_a_fill_beyond_its_bar_names_its_trades(side: str, beyond: float, noticed: bool, leg: Leg) -> None:
    report = report_of(hourly_panel(2, 2000))
    run = report.run
    row = np.flatnonzero((run.fills[:, FILL_LEG] == leg) & (run.fills[:, FILL_ROW] == 0))[3]
    t = int(run.fills[row, FILL_T])
    bar = run.panel.prices[t, 0]
    fills = run.fills.copy()
    slip = fills[row, FILL_SLIP] / abs(fills[row, FILL_QUANTITY]) + 0.01
    fills[row, FILL_PRICE] = bar[1] + slip + beyond if side == "high" else bar[2] - slip - beyond
    found = outside_trades(replace(run, fills=fills), report.trades)
    if not noticed:
        assert found == ()
        return
    ts = int(run.panel.ts[t])
    if leg == Leg.ENTRY:
        assert found == tuple(one for one in report.trades if (one.system, one.entered) == ("swing", ts))
    else:
        wanted = ("swing", ts, leg.name.lower())
        assert found == tuple(one for one in report.trades if (one.system, one.exited, one.leg) == wanted)
    assert found


def test_holding_goes_along_with_splits_and_starts_where_the_window_does() -> None:
    book = report_of(hourly_panel(1, 50)).book
    ts = np.arange(6, dtype=np.int64) * 10
    ones = np.ones(6)
    traded = Bars(ts, ones, ones, ones, np.array([9.0, 10.0, 11.0, 4.0, 5.0, 6.0]), ones)
    adjusted = replace(traded, close=np.array([9.0, 10.0, 11.0, 12.0, 15.0, 18.0]))
    inputs = FeatureInputs(adjusted, CALENDARS["24/7"], "1h", np.full(6, np.nan), None)
    view = MarketView(Series("binance", "AAA/USDT", "1h"), traded, inputs, None, "", None)
    found = holding(book, [view], ts[1:5], 8760.0)
    rate = 0.0010 + 0.0002
    assert found.equity == pytest.approx(CAPITAL / (1.0 + rate) * np.array([1.0 + rate, 1.1, 1.2, 1.5]))
    assert found.metrics.costs == pytest.approx(CAPITAL * rate / (1.0 + rate))
