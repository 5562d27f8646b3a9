"""What was known at a bar does not change when later bars are removed: every feature, regime and prediction.

Orders and fills are held to that in test_look_ahead.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariance import assert_prefix_invariant
from markets import index_of_yesterday, random_bars, random_index
from plain_harmoniser import BELIEFS

from models.engine import Happenings, symbol_inputs
from models.engine.panel import FIGURES
from models.features import (
    KEPT,
    KINDS,
    Declaration,
    FeatureInputs,
    FeatureSpec,
    Leader,
    compute_declared,
    compute_features,
    declared,
    range_figures,
)
from models.features.known import OLDEST
from models.indicators import average_true_range, write_extreme
from models.kernels import known_runs, rolling_correlation, rolling_median, rolling_std
from models.predictors import BoostingSettings, Labels, Predictions
from models.predictors.boosting import XgboostKind
from models.predictors.speaker import fit_speaker, speak
from models.regime import by_rules
from models.resampling import resample
from models.risk.harmoniser import harmonised
from models.sessions import session_spans
from models.types import CALENDARS, Bars, parse_time
from models.types.timeframes import DAY, bar_micros

COUNT = 1200
seeds = st.integers(min_value=0, max_value=10_000)
cuts = st.integers(min_value=1, max_value=COUNT)
FOUR_HOURS = declared(CALENDARS["24/7"], "4h", 20, 50)
COLUMNS = ("momentum", "adx", "atr_relative", "atr_ratio", "index", "gap", *KEPT)


def features_of(bars, index=None, ahead=0, declaration=None):
    """`index` is cut to what was published when the last bar closed; `ahead` pretends that it was stamped earlier."""
    known = np.full(len(bars), np.nan)
    if index is not None:
        published = index[0] + DAY <= bars.ts[-1] + bar_micros("4h")
        known = index_of_yesterday(bars.ts, bar_micros("4h"), index[0][published] - ahead, index[1][published])
    return compute_declared(declaration or FOUR_HOURS, FeatureInputs(bars, CALENDARS["24/7"], "4h", known, None))


def columns_of(bars, index=None, ahead=0, declaration=None):
    """Every column that anything downstream reads, the predictors' by its declared name."""
    return named(features_of(bars, index, ahead, declaration))


def named(features):
    columns = {name: getattr(features, name) for name in COLUMNS}
    return columns | {f"matrix {name}": features.matrix[:, k].copy() for k, name in enumerate(features.names)}


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


def irregular(seed, count, timeframe):
    """Bars with missing ones, alone and in runs up to several days, so that coarser bars lack their ends."""
    rng = np.random.default_rng(seed)
    bars = random_bars(seed, count, timeframe)
    steps = rng.choice([1, 2, 7, 13, 100], count, p=[0.85, 0.08, 0.04, 0.02, 0.01])
    ts = bars.ts[0] + np.cumsum(steps) * bar_micros(timeframe)
    return replace(bars, ts=ts)


@settings(max_examples=60)
@given(
    seed=seeds,
    cut=st.integers(min_value=1, max_value=700),
    timeframe=st.sampled_from(["15m", "30m", "1h", "4h", "1d"]),
    with_index=st.booleans(),
    with_leader=st.booleans(),
)
def test_features_of_coarser_bars_and_of_the_leader(seed, cut, timeframe, with_index, with_leader):
    bars = irregular(seed, 700, timeframe)
    index = random_index(seed, bars)
    leading = Leader("X/USDT", irregular(seed + 1, 900, timeframe)) if with_leader else None
    step = bar_micros(timeframe)

    def compute(part):
        # Whatever else the lake has by then, of the index too, is given whole: only time decides what is used.
        known = index_of_yesterday(part.ts, step, *index) if with_index else np.full(len(part), np.nan)
        return named(compute_features(part, CALENDARS["24/7"], timeframe, 3, 5, known, leading))

    assert_prefix_invariant(compute, bars, cut)


@settings(max_examples=15)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=500), timeframe=st.sampled_from(["30m", "1h"]))
def test_features_of_an_exchanges_bars(seed, cut, timeframe):
    calendar, step = CALENDARS["XNYS"], bar_micros(timeframe)
    opens, closes = session_spans(calendar, parse_time("2023-10-02"), parse_time("2024-04-01"))
    ts = np.concatenate([np.arange(a, b, step) for a, b in zip(opens, closes, strict=True)])
    kept = ts[np.random.default_rng(seed).random(ts.size) > 0.2][:500]
    bars = replace(random_bars(seed, 500, timeframe), ts=kept)

    def compute(part):
        return named(compute_features(part, calendar, timeframe, 3, 5, np.full(len(part), np.nan)))

    assert_prefix_invariant(compute, bars, cut)


def extreme(values, window, upper):
    out = np.empty(values.size)
    write_extreme(values, window, upper, out)
    return out


@settings(max_examples=30)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=600), window=st.sampled_from([1, 2, 7, 42, 900]))
def test_windows_over_values_with_holes(seed, cut, window):
    rng = np.random.default_rng(seed)
    values, other = (np.where(rng.random(600) < 0.02, np.nan, rng.normal(0.0, 0.01, 600)) for _ in range(2))
    bars = Bars(np.arange(600), values, other, *[values] * 3)

    def compute(part):
        return {
            "median": rolling_median(part.close, window, max(1, window // 4)),
            "correlation": rolling_correlation(part.close, part.high, max(window, 2)),
            "lowest": extreme(part.close, window, False),
            "highest": extreme(part.close, window, True),
        }

    assert_prefix_invariant(compute, bars, cut)


@settings(max_examples=40)
@given(
    seed=seeds, cut=cuts, period=st.integers(min_value=10, max_value=50), halt=st.integers(min_value=1, max_value=90)
)
def test_range_figures(seed, cut, period, halt):
    bars = random_bars(seed, COUNT)
    for column in (bars.high, bars.low, bars.close):
        column[600 : 600 + halt] = bars.close[599]  # some of the windows have no range

    def compute(part):
        atr = average_true_range(part.high, part.low, part.close, 14)
        return range_figures(part, atr, period)._asdict()

    assert_prefix_invariant(compute, bars, cut)


def test_every_new_column_is_looked_at():
    levels = ("support", "resistance", "range_low", "range_high", "pivot", "pivot_support", "pivot_resistance")
    looked_at = columns_of(random_bars(1, 300))
    assert {"sentiment", "momentum_score", "stretch", "matrix stochastic"} <= looked_at.keys()
    assert {f"matrix from_{level}" for level in levels} <= looked_at.keys()


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
    outcome = np.random.default_rng(1).normal(0.0, 50.0, COUNT) + 100.0 * np.nan_to_num(features.momentum)
    ends = np.arange(COUNT) + 1
    labels = Labels(np.where(outcome > 0.0, 1.0, 0.0), ends, outcome, ends, np.ones(COUNT))
    kind = XgboostKind(BoostingSettings(30, 3, 0.1, 2.0, 0.7, 0.8, 7, 2))
    return fit_speaker(kind, features.matrix, labels, slice(0, COUNT), 6)


@settings(max_examples=25)
@given(seed=seeds, cut=cuts)
def test_predictions_and_what_the_step_reads(model, seed, cut):
    bars = random_bars(seed, COUNT)
    index = random_index(seed, bars)

    def compute(part):
        features = features_of(part, index)
        said = speak(model, part.ts, features.matrix, slice(0, len(part)), 0, 0)
        ranges = range_figures(part, features.atr, 20)
        alone = np.full(len(part), np.nan)
        regime = by_rules(features.index, features.gap, features.atr_ratio, features.adx, alone).label
        happened = Happenings.none(len(part))
        words = np.column_stack((features.momentum, said.edge_bps))
        sure = np.column_stack((np.ones(len(part)), said.confidence))
        edge = harmonised(words, sure, part.close, 6, np.ones((len(part), 2), bool), BELIEFS)[:, 0]
        read = symbol_inputs(part, bar_micros("4h"), features, ranges, regime, edge, happened)
        return (
            {
                "regime": read.regime,
            }
            | {name: getattr(said, name) for name in Predictions.__slots__}
            | {name: getattr(read, name) for name in FIGURES}
        )

    assert np.isfinite(compute(bars)["edge"]).sum() > 300
    assert_prefix_invariant(compute, bars, cut)


def next_close(inputs, window, room):
    return np.append(inputs[0][1:], np.nan)


def whole_series_score(inputs, window, room):
    return (inputs[0] - inputs[0].mean()) / inputs[0].std()


def centred_average(inputs, window, room):
    return np.convolve(inputs[0], np.ones(5) / 5, mode="same")


def ratio_to_the_last_bits(inputs, window, room):
    return inputs[0] + 1e-13 * len(inputs[0])


@pytest.mark.parametrize("timeframe", [None, "1d"])
@pytest.mark.parametrize("peek", [next_close, whole_series_score, centred_average, ratio_to_the_last_bits])
def test_a_feature_that_looks_ahead_is_caught(monkeypatch, peek, timeframe):
    monkeypatch.setitem(KINDS, "peek", peek)
    spec = FeatureSpec("peek", "peek", ("close",), 1, timeframe)
    peeking = Declaration((*FOUR_HOURS.specs, spec), (*FOUR_HOURS.predictors, "peek"))
    with pytest.raises(AssertionError, match=r"matrix peek: bar .* changes when later bars are removed"):
        assert_prefix_invariant(lambda part: columns_of(part, declaration=peeking), random_bars(3, COUNT), 702)


# A column, the kind that it is computed by, and how many bars later that kind is known in truth.
HASTY = [
    ("matrix from_support", "support", 5),
    ("matrix from_resistance", "resistance", 5),
    ("matrix from_range_low", "lowest", 1),
    ("matrix from_range_high", "highest", 1),
    ("matrix stochastic", "place", 1),
    ("sentiment", "sentiment", 1),
    ("momentum_score", "momentum_score", 1),
    ("stretch", "stretch", 1),
]


@pytest.mark.parametrize(("column", "kind", "bars_early"), HASTY)
def test_a_column_that_is_shown_too_early_is_caught(monkeypatch, column, kind, bars_early):
    honest = KINDS[kind]

    def hasty(inputs, window, room):
        return np.append(honest(inputs, window, room)[bars_early:], np.full(bars_early, np.nan))

    monkeypatch.setitem(KINDS, kind, hasty)
    with pytest.raises(AssertionError, match=r"bar \d+ of 702 changes when later bars are removed"):
        assert_prefix_invariant(lambda part: {column: columns_of(part)[column]}, random_bars(3, COUNT), 702)


def test_a_pivot_of_the_unfinished_day_is_caught(monkeypatch):
    monkeypatch.setattr("models.features.sources.known_runs", lambda times, known: known_runs(times, known - DAY))
    with pytest.raises(AssertionError, match=r"matrix from_pivot: bar .* changes when later bars are removed"):
        assert_prefix_invariant(
            lambda part: {"matrix from_pivot": columns_of(part)["matrix from_pivot"]}, random_bars(3, COUNT), 701
        )


def test_a_coarser_bar_that_is_shown_unfinished_is_caught(monkeypatch):
    def hasty(bars, timeframe, coarser, sessions, known_until):
        return resample(bars, timeframe, coarser, sessions, known_until + DAY)

    monkeypatch.setattr("models.features.sources.resample", hasty)
    monkeypatch.setattr("models.features.sources.known_runs", lambda times, known: known_runs(times, known - DAY))
    with pytest.raises(AssertionError, match=r"matrix \w+(pivot|_1d): bar .* changes when later"):
        assert_prefix_invariant(columns_of, random_bars(3, COUNT), 701)


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
    used = index_of_yesterday(bars.ts, bar_micros(timeframe), days, days.astype(np.float64))
    for ts, value in zip(bars.ts, used, strict=True):
        last = ts + bar_micros(timeframe) - 1
        past = days[(days + DAY <= last) & (days + DAY >= last - OLDEST)]
        if past.size:
            assert value == past[-1]
        else:
            assert np.isnan(value)
