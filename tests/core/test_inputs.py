"""From bars and predictions to the panel that the step reads."""

import numpy as np
import pytest
from markets import HORIZON, INSTRUMENTS, PROFILE, random_bars, same_bits

from models.engine import SymbolInputs, align, parameters, parameters_of, symbol_inputs
from models.features import compute_features
from models.predictors import Predictions
from models.regime import label_regimes
from models.types import CALENDARS, Reason, Regime


def inputs(*ts):
    n = len(ts)
    columns = [np.arange(n) + 100.0 * k for k in range(1, 4)]
    zeros = np.zeros(n, np.int64)
    return SymbolInputs(np.array(ts, np.int64), *columns, zeros, np.arange(n) + 400.0, zeros)


def test_align_puts_every_symbol_on_the_union_of_times():
    panel = align((inputs(10, 30), inputs(20, 30, 50)))
    nan, none = np.nan, int(Reason.REFUSED_NO_BAR)
    np.testing.assert_array_equal(panel.ts, [10, 20, 30, 50])
    np.testing.assert_array_equal(panel.open, [[100, nan], [nan, 100], [101, 101], [nan, 102]])
    np.testing.assert_array_equal(panel.close, [[200, nan], [nan, 200], [201, 201], [nan, 202]])
    np.testing.assert_array_equal(panel.edge, [[300, nan], [nan, 300], [301, 301], [nan, 302]])
    np.testing.assert_array_equal(panel.volatility, [[400, nan], [nan, 400], [401, 401], [nan, 402]])
    np.testing.assert_array_equal(panel.gate, [[0, none], [none, 0], [0, 0], [none, 0]])
    ranging = int(Regime.RANGING)
    np.testing.assert_array_equal(panel.regime, [[0, ranging], [ranging, 0], [0, 0], [ranging, 0]])


def test_align_of_one_symbol_is_that_symbol():
    one = inputs(10, 20, 30)
    panel = align((one,))
    assert same_bits(panel.close[:, 0], one.close)
    assert not panel.gate.any()


def test_rows_takes_all_columns_along():
    part = inputs(10, 20, 30).rows(np.array([True, False, True]))
    assert list(part.ts) == [10, 30]
    assert (list(part.close), list(part.volatility)) == ([200.0, 202.0], [400.0, 402.0])


def test_symbol_inputs_blends_by_confidence_and_labels_the_regime():
    bars = random_bars(9, 600)
    features = compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, np.full(600, np.nan))
    ts = bars.ts[100:]
    column = np.random.default_rng(1).normal(0.0, 20.0, (2, 500))
    known = Predictions(ts, np.zeros(500, np.int64), column[0], np.full(500, 0.75), column[1], np.full(500, 0.25))
    found = symbol_inputs(bars, features, known, np.zeros(600, np.int64))
    assert np.isnan(found.edge[:100]).all()
    np.testing.assert_allclose(found.edge[100:], 0.75 * column[0] + 0.25 * column[1], rtol=1e-12)
    assert same_bits(found.regime, label_regimes(features.index, features.gap, features.atr_ratio, features.adx))
    assert same_bits(found.volatility, features.volatility)
    assert same_bits(found.open, bars.open)
    assert same_bits(found.close, bars.close)


def test_a_blocked_bar_has_no_open_and_its_gate_reaches_the_step():
    bars = random_bars(9, 600)
    features = compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, np.full(600, np.nan))
    gate = np.zeros(600, np.int64)
    gate[[5, 90]] = int(Reason.REFUSED_DATA)
    gate[300:] = int(Reason.REFUSED_NOT_LISTED)
    found = symbol_inputs(bars, features, Predictions.none(bars.ts), gate)
    assert list(np.flatnonzero(np.isnan(found.open))) == [5, 90]
    assert same_bits(align((found,)).gate[:, 0], gate)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (parameters.MAX_PORTFOLIO_RISK, PROFILE.max_portfolio_risk),
        (parameters.MAX_POSITION_RISK, PROFILE.max_position_risk),
        (parameters.MAX_POSITION, PROFILE.max_position),
        (parameters.MAX_LEVERAGE, PROFILE.max_leverage),
        (parameters.MAX_DRAWDOWN, PROFILE.max_drawdown),
        (parameters.STOP_LOSS, PROFILE.stop_loss),
        (parameters.TAKE_PROFIT, PROFILE.take_profit),
        (parameters.DAILY_LOSS, PROFILE.daily_loss),
        (parameters.KELLY_FRACTION, PROFILE.kelly_fraction),
        (parameters.PAUSE_DAYS, PROFILE.pause_days),
        (parameters.ENTRY_COST_MULTIPLE, PROFILE.entry_cost_multiple),
        (parameters.SHARE_VOLATILE, PROFILE.regime_share[Regime.VOLATILE]),
        (parameters.SHARE_TRENDING, PROFILE.regime_share[Regime.TRENDING]),
        (parameters.SHARE_RANGING, PROFILE.regime_share[Regime.RANGING]),
        (parameters.SHARE_CRISIS, PROFILE.regime_share[Regime.CRISIS]),
        (parameters.HORIZON, HORIZON),
    ],
)
def test_the_profile_is_packed_into_its_columns(column, value):
    packed = parameters_of(PROFILE, INSTRUMENTS, HORIZON)
    assert packed.profile.shape == (16,)
    assert packed.profile[column] == value


def test_the_instruments_are_packed_into_their_columns():
    packed = parameters_of(PROFILE, INSTRUMENTS, HORIZON).instruments
    one = INSTRUMENTS[1]
    columns = [parameters.TICK, parameters.LOT, parameters.MIN_NOTIONAL, parameters.FEE_RATE]
    columns += [parameters.SLIPPAGE_RATE, parameters.CLASS_LIMIT]
    expected = [one.tick, one.lot, one.min_notional, one.fee_rate, one.slippage_rate, one.class_limit]
    assert list(packed[1, columns]) == expected
    assert packed.shape == (3, 6)
