"""Labels, splits and boosters: what is learnt from, and what is left out."""

import math
from dataclasses import replace

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.predictors import (
    BoostingSettings,
    Predictions,
    forward_returns,
    load_booster,
    save_booster,
    walk_forward_splits,
)
from models.predictors.boosting import fit_booster, predict_booster
from models.predictors.predictions import FINAL_FOLD, NO_FOLD
from models.types import BadInput, Bars, Damaged
from models.types.timeframes import HOUR

BOOSTING = BoostingSettings(
    rounds=40, max_depth=3, learning_rate=0.1, min_child_weight=10.0, subsample=0.7, colsample=0.8, seed=7, threads=2
)


def bars_at(hours, opens):
    prices = np.array(opens, np.float64)
    return Bars(np.array(hours, np.int64) * HOUR, prices, prices, prices, prices * 7.0, prices)


def test_a_label_runs_from_the_next_open_not_from_this_close():
    bars = bars_at([0, 1, 2, 3, 4], [100.0, 200.0, 210.0, 400.0, 300.0])
    nan = math.nan
    np.testing.assert_allclose(forward_returns(bars, 1, None), [500.0, (400 / 210 - 1) * 1e4, -2500.0, nan, nan])
    np.testing.assert_allclose(forward_returns(bars, 2, None), [1e4, (300 / 210 - 1) * 1e4, nan, nan, nan])
    assert np.isnan(forward_returns(bars, 4, None)).all()
    assert np.isnan(forward_returns(bars, 40, None)).all()


def test_a_hole_in_the_data_is_no_profit():
    bars = bars_at([0, 1, 2, 5, 6, 7, 8], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    known = np.isfinite(forward_returns(bars, 2, 3 * HOUR))
    assert list(known) == [False, False, True, True, False, False, False]
    assert list(np.isfinite(forward_returns(bars, 2, 4 * HOUR))) == [True] * 4 + [False] * 3


def test_a_label_uses_nothing_after_its_end():
    bars = random_bars(2, 200)
    whole = forward_returns(bars, 6, None)
    for cut in (8, 50, 199):
        part = forward_returns(bars.rows(slice(0, cut)), 6, None)
        assert same_bits(part[: cut - 7], whole[: cut - 7])
        assert np.isnan(part[cut - 7 :]).all()


def test_splits_by_hand():
    first, second = walk_forward_splits(rows=1000, folds=2, horizon=9, embargo=5)
    assert (first.train_stop, first.test_start, first.test_stop) == (334 - 15, 334, 667)
    assert (second.train_stop, second.test_start, second.test_stop) == (667 - 15, 667, 1000)


def test_too_few_rows_say_how_many_it_takes():
    needed = (100 + 24 + 1 + 12) * 6
    walk_forward_splits(needed, 5, 24, 12)
    with pytest.raises(BadInput, match=rf"{needed - 1} usable bars are too few for 5 .* at least {needed} bars"):
        walk_forward_splits(needed - 1, 5, 24, 12)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(3)
    features = rng.standard_normal((1500, 4))
    features[rng.random(features.shape) < 0.02] = np.nan
    return features, np.nan_to_num(30.0 * np.sign(features[:, 0] * features[:, 1])) + rng.normal(0.0, 30.0, 1500)


@pytest.fixture(scope="module")
def booster(sample):
    return fit_booster(*sample, BOOSTING)


def test_a_row_gives_the_same_bits_alone_as_among_others(sample, booster):
    features = sample[0]
    together = predict_booster(booster, features)
    alone = np.concatenate([predict_booster(booster, features[t : t + 1]) for t in range(0, 1500, 7)])
    assert same_bits(alone, together[::7])
    assert same_bits(predict_booster(booster, features[300:900]), together[300:900])


def test_the_same_data_and_seed_give_the_same_bits(sample, booster):
    again = fit_booster(*sample, BOOSTING)
    assert save_booster(again) == save_booster(booster)
    assert save_booster(fit_booster(*sample, replace(BOOSTING, seed=8))) != save_booster(booster)


def test_a_stored_booster_is_the_same_to_the_bit(sample, booster):
    raw = save_booster(booster)
    loaded = load_booster(raw)
    assert same_bits(predict_booster(loaded, sample[0]), predict_booster(booster, sample[0]))
    assert save_booster(loaded) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b"", "is empty"), (b"not a model", "readable .*Unknown construct"), (b"{}", "readable .*Invalid model format")],
)
def test_a_broken_model_file_is_damaged(raw, why):
    with pytest.raises(Damaged, match=why):
        load_booster(raw)


def test_no_rows_give_no_scores(booster):
    assert predict_booster(booster, np.empty((0, 4))).shape == (0,)


def predictions(ts):
    n = len(ts)
    columns = [np.arange(n) + 10.0 * k for k in range(4)]
    return Predictions(np.array(ts, np.int64), np.arange(n, dtype=np.int64), *columns)


def test_alignment_takes_a_bars_own_prediction_or_none():
    found = predictions([10, 20, 40]).aligned(np.array([5, 10, 30, 40, 50]))
    nan = math.nan
    np.testing.assert_array_equal(found.ts, [5, 10, 30, 40, 50])
    np.testing.assert_array_equal(found.fold, [NO_FOLD, 0, NO_FOLD, 2, NO_FOLD])
    np.testing.assert_array_equal(found.momentum_bps, [nan, 0.0, nan, 2.0, nan])
    np.testing.assert_array_equal(found.momentum_confidence, [0.0, 10.0, 0.0, 12.0, 0.0])
    np.testing.assert_array_equal(found.boosting_bps, [nan, 20.0, nan, 22.0, nan])
    np.testing.assert_array_equal(found.boosting_confidence, [0.0, 30.0, 0.0, 32.0, 0.0])


def test_alignment_of_nothing():
    for found in (predictions([]).aligned(np.array([1, 2])), Predictions.none(np.array([1, 2]))):
        assert list(found.fold) == [NO_FOLD, NO_FOLD]
        assert np.isnan(found.momentum_bps).all()
        assert np.isnan(found.boosting_bps).all()
        assert list(found.momentum_confidence) == list(found.boosting_confidence) == [0.0, 0.0]
    assert NO_FOLD < FINAL_FOLD < 0
