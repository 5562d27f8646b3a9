"""From scores to probabilities: what the curve must be whatever the scores are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import same_bits

from models.predictors import Odds, fit_odds, probability, sigmoid


def drawn(seed, count=4000, slope=1.5, offset=0.4):
    rng = np.random.default_rng(seed)
    score = rng.standard_normal(count)
    rose = (rng.random(count) < sigmoid(slope * score + offset)).astype(float)
    return score, rose, rng.uniform(0.1, 1.0, count)


def test_the_sigmoid_by_hand_and_at_its_ends():
    score = np.array([0.0, math.log(3.0), -math.log(3.0), 800.0, -800.0, 1e308, -1e308, math.nan])
    np.testing.assert_allclose(sigmoid(score), [0.5, 0.75, 0.25, 1.0, 0.0, 1.0, 0.0, math.nan], rtol=1e-15)
    assert sigmoid(np.empty(0)).shape == (0,)


def test_a_row_gives_the_same_bits_alone_as_among_others():
    score, odds = drawn(1)[0], Odds(0.7, -0.1)
    together = probability(score, odds)
    assert same_bits(np.concatenate([probability(score[t : t + 1], odds) for t in range(0, 4000, 13)]), together[::13])
    assert same_bits(probability(score[7:4000:3], odds), together[7:4000:3])


def test_planted_odds_are_found():
    found = fit_odds(*drawn(2, 20_000))
    assert found.slope == pytest.approx(1.5, abs=0.07)
    assert found.offset == pytest.approx(0.4, abs=0.07)


def test_a_score_that_points_the_wrong_way_says_the_base_rate():
    score, rose, weight = drawn(3)
    up, down = (weight * rose).sum(), (weight * (1.0 - rose)).sum()
    found = fit_odds(-score, rose, weight)
    assert found.slope == 0.0
    assert sigmoid(np.array([found.offset]))[0] == pytest.approx((up + 1.0) / (up + down + 2.0), rel=1e-12)


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
    assert once.offset == pytest.approx(repeated.offset, rel=1e-9)


@pytest.mark.parametrize(
    ("score", "rose", "offset"),
    [
        ([], [], 0.0),
        (range(29), [0, 1] * 14 + [1], math.log(16 / 15)),
        (range(40), [1] * 40, math.log(41)),
        (range(40), [0] * 40, -math.log(41)),
        ([0.1] * 40, [0, 0, 0, 1] * 10, math.log(11 / 31)),
        ([math.nan] * 40, [0, 1] * 20, 0.0),
    ],
    ids=["nothing", "too few", "only rises", "only falls", "constant", "no score"],
)
def test_too_little_says_the_base_rate(score, rose, offset):
    score, rose = np.array(score, float), np.array(rose, float)
    found = fit_odds(score, rose, np.ones(score.size))
    assert found.slope == 0.0
    assert found.offset == pytest.approx(offset, rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1000),
    size=st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e300]),
    shift=st.sampled_from([0.0, 1.0, -1e3]),
    wild=st.booleans(),
)
def test_probabilities_stay_what_they_are_whatever_the_scores_unit(seed, size, shift, wild):
    score, rose, weight = drawn(seed, 120)
    if wild:
        score[:3] *= 1e6
    expected = probability(score, fit_odds(score, rose, weight))
    moved = (score + shift) * size
    found = probability(moved, fit_odds(moved, rose, weight))
    assert ((found >= 0.0) & (found <= 1.0)).all()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_on_average_it_says_what_happened(seed, count):
    """The offset makes the weighted mean of what is said that of Platt's targets; a slope of zero the base rate."""
    score, rose, weight = drawn(seed, count, slope=0.3)
    found = fit_odds(score, rose, weight)
    assert found.slope >= 0.0
    if found.slope > 0.0:
        up, down = (weight * rose).sum(), (weight * (1.0 - rose)).sum()
        target = np.where(rose == 1.0, (up + 1.0) / (up + 2.0), 1.0 / (down + 2.0))
        said = probability(score, found)
        assert np.average(said, weights=weight) == pytest.approx(np.average(target, weights=weight), abs=1e-9)
        assert np.average(said * score, weights=weight) == pytest.approx(
            np.average(target * score, weights=weight), abs=1e-9
        )
