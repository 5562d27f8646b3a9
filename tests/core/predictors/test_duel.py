"""Challenger against champion on the bars that both predicted in advance."""

import math

import numpy as np
import pytest

from models.predictors import Labels, Predictions, duel
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD

HORIZON = 10


def world(seed, count=2000):
    """The true probability of each bar, and labels drawn from it."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.3, 0.7, count)
    rose = (rng.random(count) < truth).astype(float)
    ends = np.minimum(np.arange(count) + HORIZON, count)
    return truth, Labels(rose, ends, rose, ends, rng.uniform(0.1, 1.0, count))


def words(probability, fold=0):
    ts = np.arange(len(probability), dtype=np.int64) * 10
    said = Predictions.none(ts)
    said.fold[:], said.seen_until[:] = fold, ts - 1
    said.probability[:] = probability
    return said


def loss(probability, labels, rows=slice(None)):
    happened = np.where(labels.rose == 1.0, probability, 1.0 - probability)[rows]
    return np.average(-np.log(happened), weights=labels.weight[rows])


def test_losses_by_hand():
    truth, labels = world(1)
    found = duel(words(truth), words(np.full(2000, 0.5)), labels, HORIZON)
    assert found.bars == 2000
    assert found.challenger_loss == pytest.approx(loss(truth, labels))
    assert found.champion_loss == pytest.approx(math.log(2.0))
    assert found.better
    assert found.sentence.startswith("the challenger is no worse: log loss 0.6")


def test_who_is_worse_does_not_take_over():
    truth, labels = world(2)
    found = duel(words(np.full(2000, 0.5)), words(truth), labels, HORIZON)
    assert not found.better
    assert "the challenger is worse: log loss 0.6931 against 0.6" in found.sentence


def test_a_tie_goes_to_the_newer_one():
    truth, labels = world(3)
    assert duel(words(truth), words(truth), labels, HORIZON).better


def test_a_mute_challenger_does_not_take_over_from_one_that_speaks():
    truth, labels = world(5)
    inverted, mute = words(1.0 - truth), words(np.full(2000, 0.5))
    inverted.edge_bps[:], mute.edge_bps[:] = 100.0 * (0.5 - truth), 0.0
    found = duel(mute, inverted, labels, HORIZON)
    assert found.challenger_loss < found.champion_loss
    assert (found.better, found.sentence) == (False, "the challenger says the same about every bar")
    assert duel(mute, mute, labels, HORIZON).better


def test_who_is_worse_by_a_hair_does_not_take_over():
    truth, labels = world(4)
    hair = words(truth + np.random.default_rng(4).normal(0.0, 0.002, 2000))
    found = duel(hair, words(truth), labels, HORIZON)
    assert found.challenger_loss > found.champion_loss
    assert not found.better


def test_bars_of_a_stretch_are_no_independent_evidence():
    """Every bar eight times over: judged by stretches of eight, nothing more is known than before."""
    truth, labels = world(5, 150)
    other = np.clip(truth + np.random.default_rng(5).normal(0.0, 0.05, 150), 0.05, 0.95)
    once = duel(words(other), words(truth), labels, 1)
    eightfold = Labels(*(np.repeat(getattr(labels, name), 8) for name in Labels.__slots__))
    found = duel(words(np.repeat(other, 8)), words(np.repeat(truth, 8)), eightfold, 8)
    assert (once.bars, found.bars) == (150, 1200)
    assert found.sentence.split("difference")[1] == once.sentence.split("difference")[1]
    assert found.better is once.better
    hasty = duel(words(np.repeat(other, 8)), words(np.repeat(truth, 8)), eightfold, 1)
    assert hasty.sentence.split("difference")[1] < once.sentence.split("difference")[1]


def test_only_bars_that_both_predicted_in_advance_count():
    truth, labels = world(6)
    one, other = words(truth), words(np.full(2000, 0.5), FINAL_FOLD)
    one.fold[:100], other.fold[100:200] = NO_FOLD, LATE_FOLD
    one.seen_until[200:300], other.seen_until[300:400] = one.ts[200:300], other.ts[300:400] + 5
    labels.rose[400:500] = math.nan
    labels.weight[500:600] = 0.0
    found = duel(one, other, labels, HORIZON)
    assert found.bars == 1400
    assert found.challenger_loss == pytest.approx(loss(truth, labels, slice(600, None)))


def test_the_champions_words_are_looked_up_by_time():
    truth, labels = world(7)
    older = words(truth)
    some = Predictions(*(getattr(older, name)[500:1700:2] for name in Predictions.__slots__))
    found = duel(words(truth), some, labels, HORIZON)
    assert found.bars == 600
    assert found.challenger_loss == found.champion_loss == pytest.approx(loss(truth, labels, slice(500, 1700, 2)))


@pytest.mark.parametrize(("bars", "better"), [(0, True), (99, True), (100, False)])
def test_on_few_bars_the_newer_one_wins_and_says_why(bars, better):
    _, labels = world(8)
    wrong = np.where(labels.rose == 1.0, 0.2, 0.8)
    champion = words(1.0 - wrong)
    champion.fold[bars:] = NO_FOLD
    found = duel(words(wrong), champion, labels, HORIZON)
    assert (found.bars, found.better) == (bars, better)
    assert ("the newer model has seen more" in found.sentence) is better
    assert (found.challenger_loss is None) is (bars == 0)


def test_a_single_stretch_cannot_be_judged():
    _, labels = world(9)
    wrong = np.where(labels.rose == 1.0, 0.2, 0.8)
    assert duel(words(wrong), words(1.0 - wrong), labels, 5000).better
