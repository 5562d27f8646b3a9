"""From bars and predictions to the panel that the step reads."""

from dataclasses import replace

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.engine import Happenings, Links, SymbolInputs, TailFigures, align, symbol_inputs
from models.engine.panel import ACTIONS, CODES, FIGURES, PRICES
from models.features import Features, RangeFigures, compute_features, range_figures
from models.types import CALENDARS, Bars, Reason, Regime, bar_micros

FLOATS = (*PRICES, *FIGURES)
STEP = bar_micros("4h")
NAN, NO_BAR = np.nan, int(Reason.REFUSED_NO_BAR)


def inputs(*ts, finer=None):
    """Ten microseconds long; column k counts from 100 * (k + 1), codes from 0, splits from 2, dividends from 5."""
    n = len(ts)
    count = np.arange(n)
    columns = {name: count + 100.0 * (k + 1) for k, name in enumerate(FLOATS)}
    opens = np.array(ts, np.int64)
    return SymbolInputs(
        opens,
        opens + 10,
        **columns,
        regime=count % 2,
        gate=count * 0,
        split=count + 2.0,
        dividend=count + 5.0,
        finer=finer,
        tails=None,
    )


def finer_bars(*ts):
    count = np.arange(len(ts)) + float(ts[0])
    return Bars(np.array(ts, np.int64), *(count + 0.1 * k for k in range(5)))


def test_align_puts_every_symbol_on_the_union_of_times():
    panel = align((inputs(10, 30), inputs(20, 30, 50)))
    np.testing.assert_array_equal(panel.ts, [10, 20, 30, 50])
    for k, name in enumerate(FLOATS):
        column = panel.prices[:, :, k] if k < 5 else panel.figures[:, :, k - 5]
        first, second = np.array([0, NAN, 1, NAN]), np.array([NAN, 0, 1, 2])
        np.testing.assert_array_equal(column, np.column_stack((first, second)) + 100.0 * (k + 1), err_msg=name)
    ranging = int(Regime.RANGING)
    np.testing.assert_array_equal(panel.gate, [[0, NO_BAR], [NO_BAR, 0], [0, 0], [NO_BAR, 0]])
    np.testing.assert_array_equal(panel.regime, [[0, ranging], [ranging, 0], [1, 1], [ranging, 0]])
    np.testing.assert_array_equal(panel.actions[:, :, 0], [[2, 1], [1, 2], [3, 3], [1, 4]])
    np.testing.assert_array_equal(panel.actions[:, :, 1], [[5, 0], [0, 5], [6, 6], [0, 7]])
    assert panel.decided.all()
    assert panel.finer.shape == (0, 2)
    assert not panel.finer_rows.any()


def tails(*known_at):
    """Column k counts from 0.1 * (k + 1)."""
    count = np.arange(len(known_at)) / 100.0
    return TailFigures(np.array(known_at, np.int64), count + 0.1, count + 0.2, count + 0.3)


def test_tails_are_those_that_were_known_when_a_row_ends():
    """Rows that end at 20, 30, 40 and 60; what is known a microsecond later waits for the next one."""
    one = replace(inputs(10, 30), tails=tails(20, 31, 40))
    other = replace(inputs(20, 30, 50), tails=tails(61))
    panel = align((one, other, inputs(10)))
    first = [0.1, 0.1, 0.12, 0.12]
    np.testing.assert_allclose(panel.tails[:, 0].T, [first, np.add(first, 0.1), np.add(first, 0.2), [0.0] * 4])
    np.testing.assert_array_equal(panel.tails[:, 1].T, [[NAN] * 4, [NAN] * 4, [1.0] * 4, [0.0] * 4])
    # Without figures nothing is at risk.
    np.testing.assert_array_equal(panel.tails[:, 2].T, [[0.0] * 4, [0.0] * 4, [1.0] * 4, [0.0] * 4])
    assert not panel.events.any()


def test_links_are_those_that_were_known_when_a_row_ends():
    matrices = np.array([np.full((2, 2), 0.25), np.full((2, 2), 0.5)])
    panel = align((inputs(10, 30), inputs(20, 30, 50)), Links(np.array([21, 40], np.int64), matrices))
    assert panel.link_rows.tolist() == [0, 1, 2, 2]
    assert panel.links[panel.link_rows, 0, 1].tolist() == [1.0, 0.25, 0.5, 0.5]
    alone = align((inputs(10, 30), inputs(20, 30, 50)))
    assert alone.links[alone.link_rows].min() == 1.0


def test_no_tails_at_all_are_unknown_ones():
    panel = align((replace(inputs(10, 30), tails=tails()),))
    np.testing.assert_array_equal(panel.tails[:, 0], [[NAN, NAN, 1.0, 0.0]] * 2)


def test_the_views_of_a_panel_are_its_columns():
    panel = align((inputs(10, 30),))
    for name, table, names in (
        ("open", panel.prices, PRICES),
        ("close", panel.prices, PRICES),
        ("edge", panel.figures, FIGURES),
        ("regime", panel.codes, CODES),
        ("gate", panel.codes, CODES),
    ):
        assert same_bits(getattr(panel, name), table[:, :, names.index(name)]), name
    assert ACTIONS == ("split", "dividend")


def test_finer_bars_stand_with_the_bar_that_they_are_inside_of():
    first = finer_bars(8, 10, 14, 19, 20, 31)
    second = finer_bars(20, 25, 55, 61)
    panel = align((inputs(10, 30, finer=first), inputs(20, 30, 50, finer=second)))
    found = {
        (t, i): panel.finer[slice(*panel.finer_rows[t, i])].tolist() for t in range(len(panel.ts)) for i in range(2)
    }
    rows = lambda bars, *at: [[bars.high[k], bars.low[k]] for k in at]  # noqa: E731
    assert found == {
        (0, 0): rows(first, 1, 2, 3),
        (0, 1): [],
        (1, 0): [],
        (1, 1): rows(second, 0, 1),
        (2, 0): rows(first, 5),
        (2, 1): [],
        (3, 0): [],
        (3, 1): rows(second, 2),
    }


def test_align_of_one_symbol_is_that_symbol():
    one = inputs(10, 20, 30)
    panel = align((one,))
    assert same_bits(panel.close[:, 0], one.close)
    assert same_bits(panel.regime[:, 0], one.regime)
    assert not panel.gate.any()


def test_rows_takes_all_columns_along():
    whole = replace(inputs(10, 20, 30, finer=finer_bars(10, 20)), trust=np.array([0.1, 0.2, 0.3]))
    part = whole.rows(np.array([True, False, True]))
    assert part.finer is whole.finer
    for name in SymbolInputs.__slots__:
        if name not in ("finer", "tails"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[[0, 2]], err_msg=name)


@pytest.fixture(scope="module")
def bars() -> Bars:
    return random_bars(9, 600)


@pytest.fixture(scope="module")
def features(bars) -> Features:
    return compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, np.full(600, np.nan))


@pytest.fixture(scope="module")
def ranges(bars, features) -> RangeFigures:
    return range_figures(bars, features.atr, 20)


REGIMES = np.arange(600) // 9 % len(Regime)
SILENT = np.full(600, np.nan)


def test_symbol_inputs_takes_every_figure_along(bars, features, ranges):
    edge = np.random.default_rng(1).normal(0.0, 20.0, 600)
    found = symbol_inputs(bars, STEP, features, ranges, REGIMES, edge, Happenings.none(600))
    for name, expected in (
        ("edge", edge),
        ("volatility", features.volatility),
        ("atr", features.atr_relative),
        ("range_low", ranges.low),
        ("range_high", ranges.high),
        ("range_width", ranges.width),
        ("oscillator", ranges.oscillator),
        ("momentum", features.momentum_score),
        ("sentiment", features.sentiment),
        ("atr_ratio", features.atr_ratio),
        ("adx", features.adx),
        ("stretch", features.stretch),
        ("regime", REGIMES),
        ("ends", bars.ts + STEP),
        ("split", np.ones(600)),
        ("dividend", np.zeros(600)),
        *((name, getattr(bars, name)) for name in ("ts", *PRICES)),
    ):
        assert same_bits(getattr(found, name), expected), name
    assert not found.gate.any()
    assert found.finer is None


def test_what_happened_reaches_the_panel(bars, features, ranges):
    happened = replace(Happenings.none(600), split=np.full(600, 2.0), dividend=np.full(600, 0.5), finer=bars)
    panel = align((symbol_inputs(bars, STEP, features, ranges, REGIMES, SILENT, happened),))
    assert (panel.actions == [2.0, 0.5]).all()
    np.testing.assert_array_equal(panel.finer, np.column_stack((bars.high, bars.low)))
    np.testing.assert_array_equal(panel.finer_rows[:, 0], [[k, k + 1] for k in range(600)])


def test_a_blocked_bar_has_no_prices_to_trade_at_and_its_gate_reaches_the_step(bars, features, ranges):
    happened = Happenings.none(600)
    happened.gate[[5, 90]] = int(Reason.REFUSED_DATA)
    happened.gate[300:] = int(Reason.REFUSED_NOT_LISTED)
    found = symbol_inputs(bars, STEP, features, ranges, REGIMES, SILENT, happened)
    for name in ("open", "high", "low"):
        assert list(np.flatnonzero(np.isnan(getattr(found, name)))) == [5, 90]
    assert same_bits(found.close, bars.close)
    assert same_bits(align((found,)).gate[:, 0], happened.gate)
