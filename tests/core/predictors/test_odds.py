"""From scores to probabilities: what the curve must be whatever the scores are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import same_bits

from models.predictors import Odds, fit_odds, probability, sigmoid


def drawn(seed, count=4000, slope=1.5, offset=0.0):
    rng = np.random.default_rng(seed)
    score = rng.standard_normal(count)
    rose = (rng.random(count) < sigmoid(slope * score + offset)).astype(float)
    return score, rose, rng.uniform(0.1, 1.0, count)


def test_the_sigmoid_by_hand_and_at_its_ends():
    score = np.array([0.0, math.log(3.0), -math.log(3.0), 800.0, -800.0, 1e308, -1e308, math.nan])
    np.testing.assert_allclose(sigmoid(score), [0.5, 0.75, 0.25, 1.0, 0.0, 1.0, 0.0, math.nan], rtol=1e-15)
    assert sigmoid(np.empty(0)).shape == (0,)


def test_a_row_gives_the_same_bits_alone_as_among_others():
    score, odds = drawn(1)[0], Odds(0.7)
    together = probability(score, odds)
    assert same_bits(np.concatenate([probability(score[t : t + 1], odds) for t in range(0, 4000, 13)]), together[::13])
    assert same_bits(probability(score[7:4000:3], odds), together[7:4000:3])


def test_planted_odds_are_found():
    found = fit_odds(*drawn(2, 20_000))
    assert found.slope == pytest.approx(1.5, abs=0.07)


def test_a_score_of_zero_promises_nothing_however_often_prices_rose():
    score, rose, weight = drawn(2, offset=1.0)
    assert rose.mean() > 0.6
    assert probability(np.zeros(1), fit_odds(score, rose, weight)).tolist() == [0.5]


def test_a_score_that_points_the_wrong_way_says_one_half():
    score, rose, weight = drawn(3)
    assert fit_odds(-score, rose, weight) == Odds(0.0)
    assert probability(score, Odds(0.0)).tolist() == [0.5] * score.size


def test_what_parts_cleanly_still_promises_no_certainty():
    rose = np.repeat([0.0, 1.0], 50)
    found = probability(np.array([-1.0, 1.0]), fit_odds(2.0 * rose - 1.0, rose, np.ones(100)))
    # Platt's targets: (50 + 1) / (50 + 2) and 1 / (50 + 2).
    np.testing.assert_allclose(found, [1.0 / 52.0, 51.0 / 52.0], rtol=1e-8)


def test_rows_that_do_not_count():
    score, rose, weight = drawn(4, 200)
    more = fit_odds(
        np.concatenate([score, [9.0, math.nan, 9.0, 9.0, math.inf]]),
        np.concatenate([rose, [math.nan, 0.0, 0.0, 0.0, 0.0]]),
        np.concatenate([weight, [1.0, 1.0, 0.0, math.nan, 1.0]]),
    )
    assert more == fit_odds(score, rose, weight)


def test_a_weight_counts_like_as_many_rows():
    score, rose, _ = drawn(5, 300)
    weight = np.random.default_rng(5).integers(1, 4, 300)
    once = fit_odds(score, rose, weight.astype(float))
    repeated = fit_odds(np.repeat(score, weight), np.repeat(rose, weight), np.ones(weight.sum()))
    assert once.slope == pytest.approx(repeated.slope, rel=1e-9)


@pytest.mark.parametrize(
    ("score", "rose"),
    [
        ([], []),
        (range(29), [0, 1] * 14 + [1]),
        (range(40), [1] * 40),
        (range(40), [0] * 40),
        ([0.1] * 40, [0, 0, 0, 1] * 10),
        ([0.0] * 40, [0, 1] * 20),
        ([math.nan] * 40, [0, 1] * 20),
    ],
    ids=["nothing", "too few", "only rises", "only falls", "constant and wrong", "zero", "no score"],
)
def test_too_little_says_one_half(score, rose):
    score, rose = np.array(score, float), np.array(rose, float)
    assert fit_odds(score, rose, np.ones(score.size)) == Odds(0.0)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1000),
    size=st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e300]),
    wild=st.booleans(),
)
def test_probabilities_stay_what_they_are_whatever_the_scores_unit(seed, size, wild):
    score, rose, weight = drawn(seed, 120)
    if wild:
        score[:3] *= 1e6
    expected = probability(score, fit_odds(score, rose, weight))
    moved = score * size
    found = probability(moved, fit_odds(moved, rose, weight))
    assert ((found >= 0.0) & (found <= 1.0)).all()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def assert_likeliest(found, score, rose, weight):
    """The gradient is zero: said and target have the same weighted mean with the score."""
    up, down = (weight * rose).sum(), (weight * (1.0 - rose)).sum()
    target = np.where(rose == 1.0, (up + 1.0) / (up + 2.0), 1.0 / (down + 2.0))
    miss = weight / weight.sum() * (probability(score, found) - target)
    assert (miss * score).sum() == pytest.approx(0.0, abs=1e-9 * np.abs(score).max())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_nothing_is_likelier(seed, count):
    score, rose, weight = drawn(seed, count, slope=0.3)
    found = fit_odds(score, rose, weight)
    assert found.slope >= 0.0
    if found.slope > 0.0:
        assert_likeliest(found, score, rose, weight)


@pytest.mark.parametrize("seed", range(12))
def test_one_bar_far_from_the_others_does_not_lead_astray(seed):
    """One score is a hundred times the others."""
    rng = np.random.default_rng(seed)
    score = np.append(rng.standard_normal(100), 100.0)
    rose = np.append((rng.random(100) < 0.5).astype(float), 1.0)
    found = fit_odds(score, rose, np.ones(101))
    assert 0.0 < found.slope < 1.0
    assert_likeliest(found, score, rose, np.ones(101))


def test_learnt_odds_are_shrunk_but_never_stretched():
    score, rose, weight = drawn(6, slope=3.0)
    assert fit_odds(score, rose, weight).slope > 2.5
    assert fit_odds(score, rose, weight, 1.0) == Odds(1.0)
    low = drawn(6, slope=0.3)
    assert fit_odds(*low, 1.0) == fit_odds(*low)
