"""Folds of one symbol that stands at 100: days, nights and splits; and folds that are cut, or whose tables are full."""

import math

import numpy as np
import pytest
from markets import parameters, random_panel, same_bits
from plain_figures import BARE, FREE, LOOSE
from single import packed

from models.engine import first_state, run_backtest
from models.engine.panel import OPEN, SPLIT, empty_panel
from models.types import Reason
from models.types.timeframes import DAY, HOUR

NAN, R = math.nan, Reason


def folded(hours, rules=BARE, instrument=FREE, edges=None, splits=None, state=None, wounds=()):
    """Bars that open `hours` after the start of day 100; a tenth of ten thousand is bought on every positive edge."""
    panel = empty_panel(100 * DAY + np.array(hours) * HOUR, 1, np.empty((0, 2)))
    panel.prices[:, 0] = [100.0, 100.0, 100.0, 100.0, NAN]
    panel.figures[:, 0, :5] = [0.0, 0.01, 0.02, 0.95, 1.03]
    panel.figures[:, 0, 0] = 50.0 if edges is None else edges
    panel.codes[:, 0] = 1, 0
    for t, ratio in (splits or {}).items():
        panel.actions[t, 0, SPLIT] = ratio
        panel.prices[t:, 0, :4] /= ratio
    for t in wounds:
        panel.prices[t, 0, OPEN] = NAN
    parameters, start = packed(LOOSE, (rules._replace(size=0.1),) * 4, (instrument,), 10_000.0)
    return run_backtest(panel, parameters, state or start)


# Opens of the bars: the first decides to buy 10 units at 100, the second fills them. Days of carry at 1 %, in the end
NIGHTS = [
    ("within a day", [1, 2, 3, 23], 0),
    ("over a midnight", [1, 2, 25], 1),
    ("and all the next day", [1, 2, 25, 30, 47], 1),
    ("over a weekend", [1, 2, 1 + 3 * 24], 3),
    ("over a weekend and a day", [1, 2, 1 + 3 * 24, 1 + 4 * 24], 4),
    ("bought after the midnight", [23, 24, 25], 0),
    ("bought after a weekend", [0, 72, 73], 0),
    ("daily bars", [0, 24, 48, 72], 2),
]


@pytest.mark.parametrize(("hours", "nights"), [one[1:] for one in NIGHTS], ids=[one[0] for one in NIGHTS])
def test_carry_is_paid_for_every_midnight_that_a_position_is_held_over(hours, nights):
    run = folded(hours, instrument=FREE._replace(long_carry=0.01))
    assert run.state.account(0).carry == pytest.approx(10.0 * nights)
    assert run.equity[-1] == pytest.approx(10_000.0 - 10.0 * nights)


def test_what_is_sold_after_the_midnight_was_held_over_it():
    edges = [50.0, 50.0, -50.0, -50.0]
    run = folded([1, 22, 23, 24], BARE._replace(exit_edge=0.0), FREE._replace(long_carry=0.01), edges)
    assert run.held[:, 0].tolist() == [0.0, 10.0, 10.0, 0.0]
    assert run.state.account(0).carry == pytest.approx(10.0)


# A position lives for one bar; the first bar decides. Positions opened on days 100 and 101 are counted
TRADES = [
    ("all on one day", [1, 2, 3, 4, 5, 6, 7, 8], 2.0, [2, 4]),
    ("one a day", [1, 2, 3, 4, 5, 6, 24, 25, 26], 1.0, [2, 25]),
    ("the one of midnight counts for the day that begins", [23, 24, 25, 26, 27, 28, 29], 1.0, [24]),
    ("daily bars", [0, 24, 48, 72, 96, 120, 144], 1.0, [24, 72, 120]),
]


@pytest.mark.parametrize(("hours", "most", "entered"), [one[1:] for one in TRADES], ids=[one[0] for one in TRADES])
def test_no_more_positions_a_day_than_the_rules_allow(hours, most, entered):
    run = folded(hours, BARE._replace(max_bars=1.0, max_entries=most))
    opened = [int(fill[0]) for fill in run.fills if fill[3] > 0.0]
    assert [hours[t] for t in opened] == entered


def test_an_order_waits_for_a_bar_that_can_be_trusted():
    run = folded([1, 2, 3, 4], wounds=(1, 2))
    reasons = [R.ENTER_EDGE, R.REFUSED_BAD_PRICE, R.REFUSED_BAD_PRICE, R.HOLD_POSITION]
    assert run.reasons[:, 0].tolist() == reasons
    assert run.fills[:, 0].tolist() == [3.0]


def test_a_split_voids_an_entry_that_waits_and_the_next_is_of_new_units():
    run = folded([1, 2, 3], splits={1: 2.0})
    assert run.reasons[:, 0].tolist() == [R.ENTER_EDGE, R.ENTER_EDGE, R.HOLD_POSITION]
    assert run.orders[:, 2].tolist() == [10.0, 20.0]
    assert run.held[:, 0].tolist() == [0.0, 0.0, 20.0]


@pytest.mark.parametrize("wounds", [(), (2,)])
def test_a_split_is_worth_nothing(wounds):
    run = folded([1, 2, 3, 4], BARE._replace(stop_loss=0.1), splits={2: 4.0}, wounds=wounds)
    assert run.held[:, 0].tolist() == [0.0, 10.0, 40.0, 40.0]
    assert run.equity.tolist() == [10_000.0] * 4
    assert run.state.position(0).stop == 22.5


def test_a_reverse_split_that_leaves_no_lot_pays_all_of_it_out():
    run = folded([1, 2, 3], edges=[50.0, 50.0, 0.0], splits={2: 0.001})
    assert run.held[:, 0].tolist() == [0.0, 10.0, 0.0]
    money = run.state.account(0)
    assert (money.cash, money.equity, money.realised, money.income) == (10_000.0, 10_000.0, 0.0, 0.0)


def test_tables_that_are_full_grow_and_change_nothing(monkeypatch):
    panel = random_panel(7, 800)
    whole = run_backtest(panel, parameters(), first_state(parameters().systems))
    monkeypatch.setattr("models.engine.backtest.FIRST_ROWS", 1)
    grown = run_backtest(panel, parameters(), first_state(parameters().systems))
    assert len(whole.orders) > 50
    for name in ("orders", "fills", "switches", "reasons", "held", "equities"):
        assert same_bits(getattr(whole, name), getattr(grown, name)), name
    assert same_bits(whole.state.book, grown.state.book)


@pytest.mark.parametrize("cut", [1, 333, 799])
def test_a_fold_in_two_stretches_is_the_fold_of_both(cut):
    """A cycle goes on from the state that the last one left."""
    panel = random_panel(8, 800)
    whole = run_backtest(panel, parameters(), first_state(parameters().systems))
    first, second = ({name: getattr(panel, name)[part] for name in panel._fields if name != "finer"}
                     for part in (slice(0, cut), slice(cut, None)))  # fmt: skip
    before = run_backtest(panel._replace(**first), parameters(), first_state(parameters().systems))
    after = run_backtest(panel._replace(**second), parameters(), before.state)
    assert same_bits(np.concatenate([before.equity, after.equity]), whole.equity)
    assert same_bits(np.vstack([before.fills[:, 1:], after.fills[:, 1:]]), whole.fills[:, 1:])
    assert same_bits(after.state.accounts, whole.state.accounts)
    assert same_bits(after.state.book, whole.state.book)


def test_the_start_is_not_changed():
    _, start = packed(LOOSE, (BARE,) * 4, (FREE,), 10_000.0)
    before = start.copy()
    folded([1, 2, 3], state=start)
    assert same_bits(start.accounts, before.accounts)
    assert same_bits(start.book, before.book)
    assert same_bits(start.records, before.records)
    copy = start.copy()
    copy.book[0, 0] = 1.0
    assert start.book[0, 0] == 0.0
