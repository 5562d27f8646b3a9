"""What was known at a bar does not change when later bars are removed: every feature, regime, prediction and order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariance import assert_prefix_invariant
from markets import parameters, random_bars, random_index, random_panel

from models.engine import Panel, first_state, run_backtest, symbol_inputs
from models.features import FEATURES, compute_features, index_as_known
from models.features.known import OLDEST
from models.kernels import rolling_std
from models.predictors import BoostingSettings, TrainingSettings, predict_edges
from models.predictors.training import fit_model
from models.types import CALENDARS, Bars
from models.types.timeframes import DAY, bar_micros

COUNT = 1200
seeds = st.integers(min_value=0, max_value=10_000)
cuts = st.integers(min_value=1, max_value=COUNT)
COLUMNS = ("momentum", "adx", "atr", "atr_ratio", "index", "gap", "volatility")


def features_of(bars, index=None, ahead=0):
    """`index` is cut to what was published when the last bar closed; `ahead` pretends that it was stamped earlier."""
    known = np.full(len(bars), np.nan)
    if index is not None:
        published = index[0] + DAY <= bars.ts[-1] + bar_micros("4h")
        known = index_as_known(bars.ts, bar_micros("4h"), index[0][published] - ahead, index[1][published])
    return compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, known)


def columns_of(bars, index=None, ahead=0):
    """Every column that anything downstream reads, the predictors' by its declared name."""
    features = features_of(bars, index, ahead)
    columns = {name: getattr(features, name) for name in COLUMNS}
    columns |= {f"matrix {name}": features.matrix[:, k].copy() for k, name in enumerate(FEATURES)}
    return columns


@settings(max_examples=40)
@given(seed=seeds, cut=cuts)
def test_features(seed, cut):
    assert_prefix_invariant(columns_of, random_bars(seed, COUNT), cut)


@settings(max_examples=40)
@given(seed=seeds, cut=cuts)
def test_features_with_a_known_index(seed, cut):
    bars = random_bars(seed, COUNT)
    index = random_index(seed, bars)
    assert_prefix_invariant(lambda part: columns_of(part, index), bars, cut)


@settings(max_examples=40)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=3000), window=st.sampled_from([5, 7, 42, 168]))
def test_rolling_std(seed, cut, window):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(3000) < 0.003, np.nan, rng.normal(0.0, 0.01, 3000))
    bars = Bars(np.arange(3000), *[values] * 5)
    assert_prefix_invariant(lambda part: {"std": rolling_std(part.close, window)}, bars, cut)


@pytest.fixture(scope="module")
def model():
    bars = random_bars(1, COUNT)
    features = features_of(bars)
    label = np.random.default_rng(1).normal(0.0, 50.0, COUNT) + 100.0 * np.nan_to_num(features.momentum)
    boosting = BoostingSettings(30, 3, 0.1, 10.0, 0.7, 0.8, 7, 2)
    return fit_model(features.matrix, features.momentum, label, TrainingSettings(6, 2, 2, boosting))


@settings(max_examples=25)
@given(seed=seeds, cut=cuts)
def test_predictions_and_what_the_step_reads(model, seed, cut):
    bars = random_bars(seed, COUNT)
    index = random_index(seed, bars)

    def compute(part):
        features = features_of(part, index)
        said = predict_edges(model, part.ts, features.matrix, features.momentum, slice(None))
        read = symbol_inputs(part, features, said)
        return {
            "fold": said.fold,
            "momentum_bps": said.momentum_bps,
            "momentum_confidence": said.momentum_confidence,
            "boosting_bps": said.boosting_bps,
            "boosting_confidence": said.boosting_confidence,
            "edge": read.edge,
            "regime": read.regime,
            "volatility": read.volatility,
        }

    assert np.isfinite(compute(bars)["edge"]).sum() > 300
    assert_prefix_invariant(compute, bars, cut)


@settings(max_examples=25)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=300))
def test_orders(seed, cut):
    panel = random_panel(seed, 300)
    part = Panel(*(getattr(panel, name)[:cut] for name in Panel.__slots__))
    whole, short = (run_backtest(("A", "B", "C"), one, parameters(), first_state(1e4, 3)) for one in (panel, part))
    for name in ("orders", "reasons", "bounds", "filled", "price", "fee", "realised", "held", "equity"):
        assert getattr(whole, name)[:cut].tobytes() == getattr(short, name).tobytes(), name


def next_close(bars, _):
    return np.append(bars.close[1:], np.nan)


def whole_series_score(bars, _):
    return (bars.close - bars.close.mean()) / bars.close.std()


def centred_average(bars, _):
    return np.convolve(bars.close, np.ones(5) / 5, mode="same")


def ratio_to_the_last_bits(bars, _):
    return bars.close + 1e-13 * len(bars)


@pytest.mark.parametrize("peek", [next_close, whole_series_score, centred_average, ratio_to_the_last_bits])
def test_a_feature_that_looks_ahead_is_caught(monkeypatch, peek):
    monkeypatch.setitem(FEATURES, "peek", peek)
    with pytest.raises(AssertionError, match=r"matrix peek: bar .* changes when later bars are removed"):
        assert_prefix_invariant(columns_of, random_bars(3, COUNT), 700)


@pytest.mark.parametrize("ahead", [DAY, DAY // 6 + 1])
def test_an_index_that_looks_ahead_is_caught(ahead):
    bars = random_bars(3, COUNT)
    index = random_index(3, bars)
    bar = next(t for t in range(600, COUNT) if bars.ts[t] // DAY * DAY in index[0])
    evening = bar + 5 - bar % 6  # of a day whose value is published at its end
    with pytest.raises(AssertionError, match=r"index: bar .* changes"):
        assert_prefix_invariant(lambda part: columns_of(part, index, ahead), bars, evening)


@settings(max_examples=60)
@given(seed=seeds, timeframe=st.sampled_from(["30m", "1h", "4h", "1d"]))
def test_an_index_value_is_never_used_on_its_own_day_nor_when_stale(seed, timeframe):
    bars = random_bars(seed, 400, timeframe)
    days, _ = random_index(seed, bars)
    # The value of a day is its time, so that what was used says when it is from.
    used = index_as_known(bars.ts, bar_micros(timeframe), days, days.astype(np.float64))
    for ts, value in zip(bars.ts, used, strict=True):
        past = days[(days // DAY < ts // DAY) & (days >= ts - OLDEST)]
        if past.size:
            assert value == past[-1]
        else:
            assert np.isnan(value)
