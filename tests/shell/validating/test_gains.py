"""Gains by row and regime against a ledger kept with pandas and loops; years, specialists, redrawn trades."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from backtest_reports import CAPITAL, hourly_panel, report_of, two_systems

from models.engine import Panel, Run, first_state, parameters_of, run_backtest
from models.engine.panel import CLOSE, DIVIDEND, GATE, REGIME, SPLIT
from models.engine.trades import trades_of
from models.portfolio import Trade, round_trips
from models.types import Reason, Regime
from tasks.session.validating.bootstrapping import TooFew, gains_of, of_trades
from tasks.session.validating.gains import regimes_when_begun, row_gains
from tasks.session.validating.measuring import (
    FEWEST_TRADES,
    brief_of,
    mean_interval,
    regimes_of,
    specialists_of,
    yearly,
    years_of,
)

NO_BAR = int(Reason.REFUSED_NO_BAR)
NAMES = [one.name.lower() for one in Regime]


def gone(panel: Panel, rows: np.ndarray, symbol: int) -> None:
    panel.prices[rows, symbol] = np.nan
    panel.figures[rows, symbol] = np.nan
    panel.codes[rows, symbol, GATE], panel.codes[rows, symbol, REGIME] = NO_BAR, int(Regime.RANGING)


def eventful(seed: int = 3, times: int = 4000) -> Panel:
    """Three symbols whose regimes differ, with missing bars, a dividend and a split; over the turn of a year."""
    panel = hourly_panel(seed, times, 3)
    panel.ts[:] += 330 * 24 * 3_600_000_000
    rng = np.random.default_rng(seed)
    for symbol in range(3):
        panel.codes[:, symbol, REGIME] = np.repeat(rng.integers(0, 4, times // 40 + 1), 40)[:times]
    gone(panel, np.flatnonzero(np.arange(times) % 41 == 7), 1)
    panel.actions[500:1700:50, 0, DIVIDEND] = 0.5
    panel.actions[1800, 1, SPLIT] = 2.0
    panel.prices[1800:, 1, :4] /= 2.0
    return panel


def run_of(panel: Panel, carry: float = 0.0) -> Run:
    rates = {"long_carry": carry, "short_carry": carry}
    whole, systems = two_systems(3), []
    for one in whole.systems:
        slots = [replace(slot, instrument=slot.instrument._replace(**rates)) for slot in one.slots]
        systems.append(replace(one, slots=tuple(slots)))
    parameters = parameters_of(tuple(systems), whole.house)
    return run_backtest(panel, parameters, first_state(parameters.systems))


@pytest.fixture(scope="module")
def run() -> Run:
    found = run_of(eventful())
    assert len(found.fills) > 200
    paid = np.arange(500, 1700, 50)
    assert ((found.held[paid - 1][:, [3, 4]] != 0).all(axis=1)).sum() > 3
    return found


def ledger(run: Run) -> np.ndarray:
    """Gains by bar and row of the book, out of fills as values and closes that are carried on."""
    rows = [(system.name, slot.symbol) for system, slot in run.parameters.rows]
    columns = [slot.column for _, slot in run.parameters.rows]
    units = pd.DataFrame(run.panel.actions[:, :, SPLIT]).cumprod()
    closes = (pd.DataFrame(run.panel.prices[:, :, CLOSE]) * units).ffill().fillna(0.0) / units
    paid = np.zeros(run.held.shape)
    places = {int(ts): k for k, ts in enumerate(run.panel.ts)}
    for fill in run.executions():
        paid[places[fill.ts], rows.index((fill.system, fill.symbol))] += fill.quantity * fill.price + fill.fee
    found = np.zeros(run.held.shape)
    for t in range(1, len(found)):
        for row, column in enumerate(columns):
            before = run.held[t - 1, row] * closes.iloc[t - 1, column]
            after = run.held[t, row] * closes.iloc[t, column]
            income = run.held[t - 1, row] * run.panel.actions[t, column, DIVIDEND]
            found[t, row] = after - before + income - paid[t, row]
    return found


def test_each_rows_gain_is_what_a_ledger_says(run: Run) -> None:
    found, kept = row_gains(run), ledger(run)
    split = 1800
    assert np.abs(np.delete(found - kept, split, axis=0)).max() < 1e-7
    # At the split fractions of a unit are paid out: the ledger does not know of that, the systems' equity does.
    assert np.abs(found[split] - kept[split]).max() < 1.0


@pytest.mark.parametrize("carry", [0.0, 0.001])
def test_gains_sum_to_the_change_of_each_systems_equity(carry: float) -> None:
    run = run_of(eventful(), carry)
    found = row_gains(run)
    if carry:
        assert run.state.total("carry") > 1.0
    for system, (begin, end) in enumerate(zip(run.parameters.firsts[:-1], run.parameters.firsts[1:], strict=True)):
        change = np.diff(run.equities[:, system], prepend=run.equities[0, system])
        assert np.abs(found[:, begin:end].sum(axis=1) - change).max() < 1e-7
    assert found.sum() == pytest.approx(run.equity[-1] - CAPITAL, abs=1e-6)


def test_a_regime_is_the_one_known_before_the_bar_and_a_havens_its_guides(run: Run) -> None:
    codes = regimes_when_begun(run)
    for row, (_, slot) in enumerate(run.parameters.rows):
        own = pd.Series(run.panel.regime[:, slot.guide].astype(float))
        own[run.panel.gate[:, slot.guide] == NO_BAR] = np.nan
        known = own.ffill().shift(1)
        known[0] = own[0]
        assert (codes[:, row] == known).all()
    assert {slot.guide for _, slot in run.parameters.rows if slot.haven} == {0}


def test_regimes_sum_to_the_whole_and_agree_with_pandas(run: Run) -> None:
    account = regimes_of(run, 2, 365)
    gains, codes = ledger(run), regimes_when_begun(run)
    for code, name in enumerate(NAMES):
        assert account[name].profit == pytest.approx(gains[codes == code].sum(), abs=1.0)
        there = run.panel.gate[:, :2] != NO_BAR
        assert account[name].share == pytest.approx((run.panel.regime[:, :2][there] == code).mean())
    assert sum(one.share for one in account.values()) == pytest.approx(1.0)
    assert math.fsum(one.profit for one in account.values()) == pytest.approx(run.equity[-1] - CAPITAL, abs=1e-6)
    for system in range(2):
        own = regimes_of(run, 2, 365, system)
        change = run.equities[-1, system] - run.equities[0, system]
        assert math.fsum(one.profit for one in own.values()) == pytest.approx(change, abs=1e-6)
    both = [regimes_of(run, 2, 365, system) for system in range(2)]
    for name in NAMES:
        assert both[0][name].profit + both[1][name].profit == pytest.approx(account[name].profit, abs=1e-6)


def test_the_order_of_symbols_changes_nothing() -> None:
    run = run_of(eventful())
    order = [1, 0, 2]
    axes = {"prices": 1, "figures": 1, "codes": 1, "actions": 1}
    panel = run.panel._replace(**{name: np.take(getattr(run.panel, name), order, axis) for name, axis in axes.items()})
    rows = [one for system in range(2) for one in [3 * system + k for k in order]]
    slots = run.parameters.slots[rows].copy()
    swap = {0: 1, 1: 0, 2: 2}
    for column in (0, 1):
        slots[:, column] = [swap[int(one)] for one in slots[:, column]]
    fills = run.fills.copy()
    fills[:, 1] = [rows.index(int(one)) for one in fills[:, 1]]
    parameters = replace(run.parameters, slots=slots)
    other = replace(run, panel=panel, parameters=parameters, held=run.held[:, rows], fills=fills)
    assert np.abs(row_gains(other) - row_gains(run)[:, rows]).max() < 1e-9
    assert (regimes_when_begun(other) == regimes_when_begun(run)[:, rows]).all()
    for name, one in regimes_of(run, 2, 365).items():
        found = regimes_of(other, 2, 365)[name]
        assert (found.share, found.profit) == pytest.approx((one.share, one.profit), abs=1e-6)


def test_years_are_those_of_pandas_and_compound_to_the_whole(run: Run) -> None:
    trips = round_trips(trades_of(run.executions(), run.intents(), {}))
    found = years_of(run, trips, 365)
    equity = pd.Series(run.equity, index=pd.to_datetime(run.panel.ts, unit="us"))
    ends = equity.groupby(equity.index.year).last()
    begins = ends.shift(1).fillna(CAPITAL)
    assert list(found) == [str(year) for year in ends.index] == ["2018", "2019"]
    ended = pd.to_datetime([one.exited for one in trips], unit="us").year
    for year, begin, end in zip(ends.index, begins, ends, strict=True):
        one = found[str(year)]
        assert one.total_return == pytest.approx(end / begin - 1.0, abs=1e-12)
        assert one.profit == pytest.approx(end - begin)
        assert one.bars == (equity.index.year == year).sum()
        assert one.trades == (ended == year).sum()
        curve = pd.concat([pd.Series([begin]), equity[equity.index.year == year]])
        assert one.max_drawdown == pytest.approx((1.0 - curve / curve.cummax()).max(), abs=1e-12)
    whole = math.prod(1.0 + one.total_return for one in found.values())
    assert whole == pytest.approx(run.equity[-1] / CAPITAL)
    assert math.fsum(one.profit for one in found.values()) == pytest.approx(run.equity[-1] - CAPITAL)
    assert sum(one.trades for one in found.values()) == len(trips)
    days = equity.resample("D").last().pct_change().fillna(0.0)
    own = days[days.index.year == 2019]
    assert found["2019"].yearly is not None
    assert found["2019"].yearly.figure == pytest.approx(np.log1p(own).mean() * 365, abs=1e-9)
    assert found["2019"].yearly.low < found["2019"].yearly.figure < found["2019"].yearly.high


def test_specialists_sum_to_all_trades_and_agree_with_pandas(run: Run) -> None:
    trades = trades_of(run.executions(), run.intents(), {})
    trips = round_trips(trades)
    found = specialists_of(run, trips)
    frame = pd.DataFrame(
        {
            "name": [f"{one.system} {'haven' if one.symbol == 'CCC/USDT' else one.specialist}" for one in trips],
            "regime": [one.regime for one in trips],
            "profit": [one.profit for one in trips],
        }
    )
    groups = frame.groupby(["name", "regime"])["profit"]
    assert {(name, regime) for name, rows in found.items() for regime in rows} == set(groups.groups)
    for (name, regime), profits in groups:
        one = found[name][regime]
        assert one.trades == len(profits)
        assert one.profit == pytest.approx(profits.sum())
        assert one.win_rate == pytest.approx((profits > 0).mean())
        assert (one.average is None) == (len(profits) < FEWEST_TRADES)
        if one.average is not None:
            assert one.average.figure == pytest.approx(profits.mean())
    assert any(name.endswith("haven") for name in found)
    total = math.fsum(one.profit for rows in found.values() for one in rows.values())
    assert total == pytest.approx(math.fsum(one.profit for one in trades))


def test_an_interval_of_means_is_as_wide_as_theory_says() -> None:
    drawn = np.random.default_rng(5).normal(1.0, 2.0, 400)
    found = mean_interval(drawn)
    assert found is not None
    error = 1.645 * drawn.std() / math.sqrt(drawn.size)
    assert found.figure - found.low == pytest.approx(error, rel=0.2)
    assert found.high - found.figure == pytest.approx(error, rel=0.2)
    assert found == mean_interval(drawn)
    assert mean_interval(drawn[: FEWEST_TRADES - 1]) is None


def test_what_never_moved_and_what_is_too_short_has_no_interval(run: Run) -> None:
    hours = run.panel.ts[0] // 86_400_000_000 * 86_400_000_000 + np.arange(24 * 40, dtype=np.int64) * 3_600_000_000
    returns = np.random.default_rng(1).normal(0.0, 0.01, hours.size)
    assert yearly(np.zeros(hours.size), hours, 365) is None
    assert yearly(returns[: 24 * 29], hours[: 24 * 29], 365) is None
    assert yearly(returns, hours, 365) is not None
    assert yearly(np.empty(0), hours[:0], 365) is None


def trade(entered: int, exited: int, profit: float, **other: object) -> Trade:
    given = {"symbol": "AAA/USDT", "quantity": 1.0, "entry_price": 1.0, "exit_price": 1.0, "costs": 0.0, "leg": "exit"}
    named = {"reason": "stop", "system": "swing", "specialist": "trending", "regime": "trending", "model": ""}
    return Trade(**given | named | other, entered=entered, exited=exited, profit=profit)


def test_one_trade_is_a_row_and_no_sample(run: Run) -> None:
    ts = run.panel.ts
    own = (trade(int(ts[10]), int(ts[20]), 12.5),)
    (rows,) = specialists_of(run, round_trips(own)).values()
    assert rows["trending"].trades == 1
    assert (rows["trending"].profit, rows["trending"].win_rate, rows["trending"].average) == (12.5, 1.0, None)
    assert years_of(run, round_trips(own), 365)["2018"].trades == 1
    found = of_trades(run, own, 0.1, 50)
    assert found == TooFew("trades", 1, FEWEST_TRADES)
    assert found.text == "1 trades are too few for a bootstrap: 20 are the least"
    assert of_trades(run, (), 0.1, 50) == TooFew("trades", 0, FEWEST_TRADES)


def test_redrawn_gains_are_profits_over_the_equity_before_in_the_order_of_their_ends(run: Run) -> None:
    ts, equity = run.panel.ts, run.equity
    own = (trade(int(ts[5]), int(ts[900]), 30.0), trade(int(ts[50]), int(ts[60]), -20.0, symbol="BBB/USDT"))
    assert gains_of(run, own).tolist() == [-20.0 / equity[59], 30.0 / equity[899]]
    many = trades_of(run.executions(), run.intents(), {})
    found = of_trades(run, many, 0.05, 400)
    assert not isinstance(found, TooFew)
    frame = pd.DataFrame({"exited": [one.exited for one in many], "profit": [one.profit for one in many]})
    before = pd.Series(run.equity, index=ts).shift(1).reindex(frame["exited"]).to_numpy()
    compounded = np.prod(1.0 + frame["profit"].to_numpy() / before) - 1.0
    assert found.total_return.figure == pytest.approx(compounded)
    assert found.total_return.low < found.total_return.median < found.total_return.high
    assert found == of_trades(run, many, 0.05, 400)


def test_a_run_without_a_trade_is_all_zeros() -> None:
    panel = eventful()
    panel.codes[:, :, GATE] = int(Reason.REFUSED_DATA)
    run = run_of(panel)
    assert len(run.fills) == 0
    assert (row_gains(run) == 0.0).all()
    assert brief_of(run, 8760.0).trades == 0
    assert {one.total_return for one in years_of(run, (), 365).values()} == {0.0}
    assert {(one.profit, one.yearly) for one in regimes_of(run, 2, 365).values()} == {(0.0, None)}
    assert specialists_of(run, ()) == {}


def test_a_run_in_short_is_the_backtests_figures() -> None:
    report = report_of(hourly_panel(5, 3000, 3))
    found, metrics = brief_of(report.run, report.per_year), report.out_of_sample
    assert (found.total_return, found.sharpe, found.max_drawdown, found.costs, found.trades) == (
        metrics.total_return,
        metrics.sharpe,
        metrics.max_drawdown,
        metrics.costs,
        metrics.trades,
    )
