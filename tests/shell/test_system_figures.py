"""Figures of systems and specialists: each is what its own fills, switches and bars say."""

from dataclasses import replace

import numpy as np
import pytest
from backtest_reports import CAPITAL, PER_YEAR, hourly_panel, report_of

from models.engine import Slot, System, first_state, parameters_of, run_backtest
from models.engine.panel import GATE, REGIME
from models.meta import NOBODY, plain_controller
from models.portfolio import round_trips
from models.risk import no_house
from models.specialists import OFF, plain_rules
from models.types import Cause, Instrument, Leg, Reason, Regime, Switch
from models.types.timeframes import HOUR
from tasks.session.backtesting import BacktestReport
from tasks.session.backtesting.dearer import with_costs
from tasks.session.backtesting.measuring import costs, exposure, in_charge, last_closes, measured
from tasks.session.backtesting.specialists import HAVEN, behaviours
from tasks.session.backtesting.switching import Switching, switching


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    """Two systems that trade two symbols and hold a haven."""
    return report_of(hourly_panel(5, 6000, 3))


def test_systems_are_the_parts_of_the_account(report: BacktestReport) -> None:
    run = report.run
    assert run.equities[0].sum() == pytest.approx(CAPITAL)
    assert (run.equity == run.equities.sum(axis=1)).all()
    swing, long = report.systems.values()
    assert swing.trades + long.trades == len(report.trades)
    assert min(swing.trades, long.trades) > 20
    assert swing.costs + long.costs == pytest.approx(costs(run)) == pytest.approx(report.out_of_sample.costs)
    assert long.total_return == pytest.approx(run.equities[-1, 1] / (CAPITAL / 3) - 1.0)
    closes = last_closes(run)
    for system, rows in ((0, range(3)), (1, range(3, 6))):
        value = sum(np.abs(run.held[:, row]) * closes[:, row % 3] for row in rows)
        assert exposure(run, system) == pytest.approx(value / run.equities[:, system])
    whole = exposure(run, 0) * run.equities[:, 0] + exposure(run, 1) * run.equities[:, 1]
    assert exposure(run) == pytest.approx(whole / run.equity)


def test_a_system_of_all_the_capital_is_the_account() -> None:
    report = report_of(hourly_panel(5, 2000, 2))
    alone = parameters_of((replace(report.run.parameters.systems[0], capital=CAPITAL),), no_house())
    run = run_backtest(report.run.panel, alone, first_state(alone.systems))
    one = report_of(report.run.panel, run)
    assert measured(run, one.trades, PER_YEAR, 0) == measured(run, one.trades, PER_YEAR)


def test_who_is_in_charge_is_the_regime_under_a_plain_controller(report: BacktestReport) -> None:
    run = report.run
    for row, (_, slot) in enumerate(run.parameters.rows):
        assert (in_charge(run, row) == run.panel.codes[:, slot.guide, REGIME]).all()


def test_nobody_is_in_charge_before_the_first_decision() -> None:
    panel = hourly_panel(5, 100)
    panel.codes[:30, 0, GATE] = int(Reason.REFUSED_NO_BAR)
    run = report_of(panel).run
    charge = in_charge(run, 0)
    assert set(charge[:30]) == {NOBODY}
    assert (charge[30:] == panel.codes[30:, 0, REGIME]).all()


def test_each_specialists_row_is_what_its_fills_say(report: BacktestReport) -> None:
    run, rows = report.run, {(one.system, one.specialist): one for one in report.specialists}
    haven = "CCC/USDT"
    fills = run.executions()
    years = (run.panel.ts.size - 1) / PER_YEAR
    places = {int(ts): t for t, ts in enumerate(run.panel.ts)}
    for column, system in enumerate(("swing", "long")):
        for one in Regime:
            row = rows[system, one.name.lower()]
            own = [f for f in fills if (f.system, f.specialist) == (system, row.specialist) and f.symbol != haven]
            traded = sum(abs(f.quantity) * f.price for f in own)
            assert row.turnover == pytest.approx(traded / run.equities[:, column].mean() / years)
            sizes = [
                abs(f.quantity) * f.price / run.equities[places[f.ts] - 1, column] for f in own if f.leg == Leg.ENTRY
            ]
            assert row.size == (pytest.approx(np.mean(sizes)) if sizes else None)
            assert row.in_charge == pytest.approx((run.panel.regime[:, :2] == one).mean())
        kept = rows[system, HAVEN]
        assert kept.in_charge == 0.0
        assert kept.turnover > 0.0
        assert (kept.stop_distance, kept.target_distance) == (None, None)
    whole = sum(one.profit for one in rows.values())
    assert whole == pytest.approx(sum(one.profit for one in report.trades))
    assert sum(one.trades for one in rows.values()) == len(round_trips(report.trades))
    for one in rows.values():
        shares = (one.by_stop, one.by_target, one.by_time, one.by_switch, one.by_other)
        assert (sum(shares) == pytest.approx(1.0)) if one.trades else (shares == (None,) * 5)


def test_holding_times_and_leavings_by_hand() -> None:
    """Every trade is left by its time, after six bars, or by a stop that is known."""
    panel = hourly_panel(5, 600)
    rules = plain_rules(1.0, 0.2, 1.0, 0.03, OFF)._replace(exit_edge=-OFF, max_bars=6.0)
    panel.figures[:, :, 0] = 100.0
    slot = Slot("AAA/USDT", 0, 0, False, report_of(panel).run.parameters.systems[0].slots[0].instrument, (rules,) * 4)
    profile = report_of(panel).run.parameters.systems[0].profile
    parameters = parameters_of((System("swing", CAPITAL, profile, plain_controller(), (slot,)),), no_house())
    run = run_backtest(panel, parameters, first_state(parameters.systems))
    one = report_of(panel, run)
    found = behaviours(run, one.trades, run.intents(), PER_YEAR)
    trips = round_trips(one.trades)
    assert sum(row.by_time * row.trades for row in found) == sum(trip.reason == "exit_time" for trip in trips)
    timed = [trip.exited - trip.entered for trip in trips if trip.reason == "exit_time"]
    assert set(timed) == {6 * HOUR}
    assert sum(row.mean_hours * row.trades for row in found) == pytest.approx(
        sum(trip.exited - trip.entered for trip in trips) / HOUR
    )
    assert all(row.stop_distance == pytest.approx(0.03, abs=2e-4) for row in found)
    assert all(row.taken_over == 0 for row in found)


def test_what_a_crisis_took_over_is_told_apart() -> None:
    panel = hourly_panel(5, 2000)
    panel.figures[:, :, 0] = 100.0
    slow = plain_rules(1.0, 0.2, 1.0, 0.2, OFF)._replace(exit_edge=-OFF)
    crisis = slow._replace(stop_loss=0.01, takes_over=1.0, max_bars=3.0, share=0.0)
    base = report_of(panel).run.parameters.systems[0]
    slot = replace(base.slots[0], rules=(slow, slow, slow, crisis))
    parameters = parameters_of((replace(base, capital=CAPITAL, slots=(slot,)),), no_house())
    run = run_backtest(panel, parameters, first_state(parameters.systems))
    rows = {one.specialist: one for one in behaviours(run, report_of(panel, run).trades, run.intents(), PER_YEAR)}
    assert rows["crisis"].trades == rows["crisis"].taken_over > 5
    assert (rows["crisis"].mean_hours, rows["crisis"].size) == (None, None)


def switch(hour: int, before: int | None, after: int | None, cause: Cause = Cause.REGIME, **at: str) -> Switch:
    names = {"system": "swing", "symbol": "AAA/USDT"} | at
    ends = (None if one is None else Regime(one) for one in (before, after))
    return Switch(1514764800000000 + hour * HOUR, names["system"], names["symbol"], *ends, cause)


def test_switches_are_counted_by_cause_and_thrash_by_what_is_taken_back(report: BacktestReport) -> None:
    made = [
        switch(0, None, 2),
        switch(10, 2, 1),
        switch(15, 1, 2),
        switch(30, 2, 1),
        switch(36, 1, 2),
        switch(40, 2, 3),
        switch(42, 3, 1),
        switch(60, 1, None, Cause.UNDERPERFORMED),
        switch(62, None, 1, Cause.RECOVERED),
        switch(10, 2, 1, symbol="BBB/USDT"),
        switch(11, 1, 2, symbol="BBB/USDT"),
        switch(12, 1, 2, symbol="CCC/USDT"),
        switch(12, 1, 2, system="long"),
    ]
    found = switching(report.run, sorted(made, key=lambda one: one.bar), 0, PER_YEAR)
    years = (report.run.panel.ts.size - 1) / PER_YEAR
    # Taken back: of AAA hours 10 and 60, of BBB hour 10; hour 30 is taken back six bars later, hour 40 is not.
    assert found == Switching(
        count=10,
        by_cause={"regime": 8, "underperformed": 1, "recovered": 1},
        per_year=pytest.approx(10 / years / 2),
        thrash_rate=0.3,
    )
    nothing = switching(report.run, [switch(0, None, 2)], 0, PER_YEAR)
    assert (nothing.count, nothing.thrash_rate) == (0, None)


def test_dearer_multiplies_every_charge_and_nothing_else(report: BacktestReport) -> None:
    book = with_costs(report.book, 2.5)
    charged = {"taker_fee", "maker_fee", "half_spread", "impact", "liquidation_fee"}
    for (_, one), (_, dear) in zip(report.book.parameters.rows, book.parameters.rows, strict=True):
        for name in Instrument._fields:
            before, after = getattr(one.instrument, name), getattr(dear.instrument, name)
            paid = name in charged or (name.endswith("carry") and before > 0.0)
            assert after == (2.5 * before if paid else before)
        assert replace(dear, instrument=one.instrument) == one
    assert with_costs(report.book, 1.0) is report.book
