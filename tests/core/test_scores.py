"""Sentiment, momentum score and stretch: by hand, in their bounds, in the right direction."""

import math

import numpy as np
import pytest
from markets import random_bars, same_bits
from price_levels import plain_scores

from models.features import KINDS, compute_features
from models.features import scores as module
from models.types import CALENDARS, Bars
from models.types.timeframes import HOUR

NAN = float("nan")
ALWAYS = CALENDARS["24/7"]
SCORES = ("sentiment", "momentum_score", "stretch")


def features_of(bars, index=NAN):
    return compute_features(bars, ALWAYS, "4h", 20, 50, np.full(len(bars), index))


def kind(name, window, *inputs):
    columns = tuple(np.array(one, np.float64) for one in inputs)
    return KINDS[name](columns, window, np.empty(columns[0].size))


def test_the_momentum_score_by_hand():
    close = [100.0, 100.0, 100.0, 100.0, 100.0 * math.exp(0.02), 100.0 * math.exp(-0.06), 7.0, 7.0]
    found = kind("momentum_score", 4, close, [0.01, 0.01, 0.01, 0.01, 0.01, 0.01, NAN, 0.0])
    np.testing.assert_allclose(found, [NAN, NAN, NAN, NAN, 0.5, -0.75, NAN, NAN], rtol=1e-12)


def test_the_stretch_by_hand():
    np.testing.assert_allclose(kind("stretch", 1, [6.0, 3.0, 4.0], [5.0, 4.0, NAN]), [0.2, -0.25, NAN], rtol=1e-12)


# Close, its average, volatility, index, %K and the sentiment: with 12 bars a walk is 2 volatilities from its average.
SENTIMENTS = {
    "nothing to say": (100.0, 100.0, 0.01, 17.6, 50.0, 0.0),
    "as far above as chance goes": (102.0, 100.0, 0.01, 17.6, 50.0, 0.5 / 3.0),
    "three times as far below": (94.0, 100.0, 0.01, 17.6, 50.0, -0.75 / 3.0),
    "twice the usual volatility": (100.0, 100.0, 0.01, 35.2, 50.0, -0.6 / 3.0),
    "half of it": (100.0, 100.0, 0.01, 8.8, 50.0, 0.6 / 3.0),
    "no volatility": (100.0, 100.0, 0.01, 0.0, 50.0, 1.0 / 3.0),
    "at the top": (100.0, 100.0, 0.01, 17.6, 100.0, 1.0 / 3.0),
    "at the bottom": (100.0, 100.0, 0.01, 17.6, 0.0, -1.0 / 3.0),
    "all of it is fear": (94.0, 100.0, 0.01, 35.2, 0.0, -2.35 / 3.0),
    "no average": (94.0, NAN, 0.01, 35.2, 0.0, NAN),
    "volatility is not known": (94.0, 100.0, NAN, 35.2, 0.0, NAN),
    "nothing moves": (100.0, 100.0, 0.0, 35.2, 0.0, NAN),
    "nothing has moved for a week": (94.0, 100.0, 0.0, 35.2, 0.0, NAN),
    "no index": (94.0, 100.0, 0.01, NAN, 0.0, NAN),
    "no %K": (94.0, 100.0, 0.01, 35.2, NAN, NAN),
}


@pytest.mark.parametrize("case", SENTIMENTS)
def test_sentiment_by_hand(case):
    *inputs, wanted = SENTIMENTS[case]
    (found,) = kind("sentiment", 12, *([one] for one in inputs))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_random_bars_they_are_what_is_declared(seed):
    bars = random_bars(seed, 1500)
    features = features_of(bars)
    place = features.matrix[:, features.names.index("stochastic")]
    for name, wanted in plain_scores(bars.close, features.volatility, features.index, place).items():
        found = getattr(features, name)
        assert same_bits(found, wanted), name
        assert np.isfinite(found).any()
    for name in ("sentiment", "momentum_score"):
        assert np.nanmax(np.abs(getattr(features, name))) < 1.0


def test_their_warm_up():
    features = features_of(random_bars(1, 1500))
    leading = {name: int(np.flatnonzero(np.isfinite(getattr(features, name)))[0]) for name in SCORES}
    assert leading == {"sentiment": 42 + 2190 // 4 - 1, "momentum_score": 42, "stretch": 19}
    with_index = features_of(random_bars(1, 1500), 20.0)
    assert np.flatnonzero(np.isfinite(with_index.sentiment))[0] == 124


def test_a_rise_is_greed_and_a_fall_is_fear():
    rng = np.random.default_rng(1)
    for drift, sign in ((0.01, 1.0), (-0.01, -1.0)):
        close = 100.0 * np.exp(np.cumsum(drift + 0.001 * rng.standard_normal(300)))
        bars = Bars(np.arange(300) * 4 * HOUR, close, close * 1.001, close * 0.999, close, np.ones(300))
        features = features_of(bars, 17.6)
        for name in SCORES:
            column = sign * getattr(features, name)
            assert np.isfinite(column).sum() > 150
            assert (column[np.isfinite(column)] > 0.05).all()


def test_the_higher_the_index_the_more_fear():
    bars = random_bars(2, 400)
    calm, wild = features_of(bars, 12.0).sentiment, features_of(bars, 40.0).sentiment
    known = np.isfinite(calm)
    assert known[-1]
    assert (calm[known] > wild[known] + 0.2).all()


def test_a_market_that_stands_still_has_no_score():
    still = Bars(np.arange(300) * 4 * HOUR, *[np.full(300, 5.0)] * 4, np.ones(300))
    features = features_of(still, 20.0)
    assert np.isnan(features.sentiment).all()
    assert np.isnan(features.momentum_score).all()
    assert (features.stretch[19:] == 0.0).all()


def test_they_agree_with_their_plain_twins(monkeypatch):
    bars = random_bars(5, 700)
    found = features_of(bars)
    twins = [name for name in vars(module) if name.startswith("_write_")]
    assert len(twins) == 3
    for name in twins:
        compiled = getattr(module, name)
        monkeypatch.setattr(module, name, getattr(compiled, "py_func", compiled))
    plain = features_of(bars)
    for name in SCORES:
        assert same_bits(getattr(plain, name), getattr(found, name)), name
