"""What either detector said at a bar does not change when later bars are removed, and no label comes without 3 of 5."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariance import assert_prefix_invariant
from markets import index_of_yesterday, random_bars, random_index
from regime_generators import GENERATORS

from models.features import FeatureInputs, Leader
from models.regime import DETECTORS, RegimeSettings, by_hmm, by_rules, regime_history, simulate
from models.regime import hmm as hmm_module
from models.regime.rules import ADX_STRONG, ADX_WEAK
from models.sessions import session_spans
from models.types import CALENDARS, Regime, bar_micros, parse_time
from models.types.timeframes import HOUR

CRYPTO = CALENDARS["24/7"]
COUNT = 1400
seeds = st.integers(min_value=0, max_value=10_000)
MAKERS = {
    "own": lambda rng, bars: simulate(rng, bars),
    **GENERATORS,
    "bars": lambda rng, n: (random_bars(int(rng.integers(1e6)), n), None),
}


def columns(found):
    return {"raw": found.raw, "label": found.label, "confidence": found.confidence}


def of_hmm(bars):
    return columns(by_hmm(bars.open, bars.high, bars.low, bars.close))


@settings(max_examples=40)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=COUNT), name=st.sampled_from(sorted(MAKERS)))
def test_the_markov_model(seed, cut, name):
    bars, _ = MAKERS[name](np.random.default_rng(seed), COUNT)
    assert_prefix_invariant(of_hmm, bars, cut)


@pytest.mark.parametrize(
    "cut", [1, 63, 64, 65, 127, 128, 129, 256, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4999]
)
def test_the_markov_model_around_the_bars_at_which_it_learns(cut):
    assert_prefix_invariant(of_hmm, simulate(np.random.default_rng(9), 5000)[0], cut)


@settings(max_examples=60)
@given(
    seed=seeds,
    cut=st.integers(min_value=1, max_value=900),
    detector=st.sampled_from(DETECTORS),
    timeframe=st.sampled_from(["30m", "1h", "4h", "1d"]),
    context=st.sampled_from(["4h", "1d"]),
    with_index=st.booleans(),
    with_leader=st.booleans(),
)
def test_a_history_across_timeframes(seed, cut, detector, timeframe, context, with_index, with_leader):
    bars, step = irregular(seed, 900, timeframe), bar_micros(timeframe)
    index = random_index(seed, bars)
    leading = Leader("X/USDT", irregular(seed + 1, 1100, timeframe)) if with_leader else None

    def compute(part):
        known = index_of_yesterday(part.ts, step, *index) if with_index else np.full(len(part), np.nan)
        beside = None if leading is None else Leader(leading.symbol, leading.bars.until(int(part.ts[-1])))
        return history_columns(FeatureInputs(part, CRYPTO, timeframe, known, beside), detector, context)

    assert_prefix_invariant(compute, bars, cut)


@settings(max_examples=15)
@given(seed=seeds, cut=st.integers(min_value=1, max_value=600), detector=st.sampled_from(DETECTORS))
def test_a_history_of_an_exchanges_bars(seed, cut, detector):
    opens, closes = session_spans(CALENDARS["XNYS"], parse_time("2023-10-02"), parse_time("2024-05-01"))
    ts = np.concatenate([np.arange(a, b, HOUR) for a, b in zip(opens, closes, strict=True)])
    kept = ts[np.random.default_rng(seed).random(ts.size) > 0.2][:600]
    bars = replace(random_bars(seed, 600, "1h"), ts=kept)

    def compute(part):
        known = np.where(part.ts // HOUR % 50 < 10, 40.0, 15.0)
        return history_columns(FeatureInputs(part, CALENDARS["XNYS"], "1h", known, None), detector, "1d")

    assert_prefix_invariant(compute, bars, cut)


def irregular(seed, count, timeframe):
    """Bars with missing ones, alone and in runs up to several days."""
    rng = np.random.default_rng(seed)
    bars = random_bars(seed, count, timeframe)
    steps = rng.choice([1, 2, 7, 13, 100], count, p=[0.85, 0.08, 0.04, 0.02, 0.01])
    return replace(bars, ts=bars.ts[0] + np.cumsum(steps) * bar_micros(timeframe))


def history_columns(inputs, detector, context):
    found = regime_history(inputs, RegimeSettings(detector, context))
    views = {"": found, "context ": found.context, "trigger ": found.trigger}
    return found.figures | {f"{view}{name}": one for view, seen in views.items() for name, one in columns(seen).items()}


# A detector that looks ahead is caught.


def learns_from_the_whole_series(bars):
    level = np.log(bars.high / bars.low).mean()
    return of_hmm(replace(bars, high=bars.high * (1.0 + 0.1 * level)))


def smoothed(bars):
    found = of_hmm(bars)
    return found | {"confidence": np.convolve(found["confidence"], np.ones(3) / 3, mode="same")}


def shown_a_bar_early(bars):
    return {name: np.append(one[1:], one[-1:]) for name, one in of_hmm(bars).items()}


@pytest.mark.parametrize("peek", [learns_from_the_whole_series, smoothed, shown_a_bar_early])
def test_a_detector_that_looks_ahead_is_caught(peek):
    bars, _ = simulate(np.random.default_rng(9), 1200)
    with pytest.raises(AssertionError, match="changes when later bars are removed"):
        assert_prefix_invariant(peek, bars, 700)


def test_a_coarser_bar_that_is_known_too_early_is_caught(monkeypatch):
    honest = regime_history.__globals__["as_of"]
    monkeypatch.setitem(regime_history.__globals__, "as_of", lambda times, known: honest(times, known - 5 * HOUR))
    bars = random_bars(3, 1200, "1h")

    def compute(part):
        return history_columns(FeatureInputs(part, CRYPTO, "1h", np.full(len(part), np.nan), None), "rules", "1d")

    # The last hour of a day is missing from the cut, which pretends to know that day all the same.
    with pytest.raises(AssertionError, match="changes when later bars are removed"):
        assert_prefix_invariant(compute, bars, 24 * 30 - 2)


# Switches


def held(raw, label):
    """Where the label changes, its regime was raw on three of the last five bars."""
    for t in np.flatnonzero(label[1:] != label[:-1]) + 1:
        assert np.count_nonzero(raw[max(0, t - 4) : t + 1] == label[t]) >= 3
    assert label.size == 0 or label[0] == Regime.RANGING


@settings(max_examples=60)
@given(seed=seeds)
def test_no_switch_without_three_of_five_nor_inside_the_dead_band_of_the_rules(seed):
    rng = np.random.default_rng(seed)
    figures = (
        rng.uniform(5, 50, 300),
        rng.normal(0, 0.015, 300),
        rng.uniform(0.5, 2.2, 300),
        rng.uniform(10, 40, 300),
        rng.uniform(-0.2, 0.6, 300),
    )
    holes = [np.where(rng.random(300) < 0.05, np.nan, one) for one in figures]
    found = by_rules(*holes)
    held(found.raw, found.label)
    index, gap, _, adx, spike = holes
    quiet = ~(index > 35.0) & ~(np.abs(gap) > 0.03) & ~(spike > 0.5) & ~(adx < ADX_WEAK) & ~(adx > ADX_STRONG)
    assert quiet.sum() > 10
    dead = np.flatnonzero(quiet[1:]) + 1
    assert (found.raw[dead] == found.raw[dead - 1]).all()
    assert (found.label[dead] == found.label[dead - 1]).all()
    assert ((found.confidence >= 0.0) & (found.confidence <= 1.0)).all()


@settings(max_examples=20)
@given(seed=seeds, name=st.sampled_from(sorted(MAKERS)))
def test_no_switch_without_three_of_five_nor_inside_the_dead_band_of_the_markov_model(seed, name):
    bars, _ = MAKERS[name](np.random.default_rng(seed), COUNT)
    raw, spoke, posterior = hmm_module._filter(hmm_module.observe(bars.open, bars.high, bars.low, bars.close))
    found = of_hmm(bars)
    assert (found["raw"] == raw).all()
    held(raw, found["label"])
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, rtol=1e-9)
    ranked = np.sort(posterior, axis=1)
    dead = np.flatnonzero((ranked[:, -1] - ranked[:, -2] < hmm_module.BAND)[1:]) + 1
    assert (raw[dead] == raw[dead - 1]).all()
    assert not spoke[dead].any()
    assert (found["label"][dead] == found["label"][dead - 1]).all()
    assert found["confidence"].tolist() == posterior[np.arange(COUNT), found["label"]].tolist()
