"""Reliability: bins, errors and losses worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.predictors import Bin, brier, expected_calibration_error, log_loss, reliability

# Forty cases called 0.4 of which 10 rose, forty called 0.7 of which 30 rose.
PROBABILITY = np.repeat([0.4, 0.7], 40)
ROSE = np.concatenate([np.arange(40) < 10, np.arange(40) < 30]).astype(float)
FIGURES = (expected_calibration_error, log_loss, brier)


def test_by_hand():
    found = reliability(PROBABILITY, ROSE, 2)
    assert [(one.probability, one.rose, one.count) for one in found] == [
        (pytest.approx(0.4), pytest.approx(0.25), 40),
        (pytest.approx(0.7), pytest.approx(0.75), 40),
    ]
    assert expected_calibration_error(PROBABILITY, ROSE, bins=2) == pytest.approx((0.15 + 0.05) / 2)
    happened = [0.4] * 10 + [0.6] * 30 + [0.7] * 30 + [0.3] * 10
    assert log_loss(PROBABILITY, ROSE) == pytest.approx(-np.log(happened).mean())
    assert brier(PROBABILITY, ROSE) == pytest.approx(((1.0 - np.array(happened)) ** 2).mean())


def test_equal_probabilities_share_a_bin():
    assert len(reliability(PROBABILITY, ROSE, 10)) == 2
    constant = np.full(1000, 0.5)
    rose = np.random.default_rng(1).permutation(np.repeat([0.0, 1.0], 500))
    assert reliability(constant, rose) == (Bin(0.5, 0.5, 1000),)
    assert expected_calibration_error(constant, rose) == 0.0


def test_bins_hold_equally_many_however_narrow_the_probabilities_are():
    rng = np.random.default_rng(2)
    probability = 0.5 + 0.002 * rng.standard_normal(5000)
    found = reliability(probability, (rng.random(5000) < probability).astype(float))
    assert [one.count for one in found] == [500] * 10
    assert [one.probability for one in found] == sorted(one.probability for one in found)


def test_the_truth_is_calibrated_and_boasting_is_not():
    rng = np.random.default_rng(3)
    truth = rng.uniform(0.3, 0.7, 20_000)
    rose = (rng.random(20_000) < truth).astype(float)
    boast = np.where(truth > 0.5, 0.9, 0.1)
    assert expected_calibration_error(truth, rose) < 0.015
    assert expected_calibration_error(boast, rose) == pytest.approx(0.3, abs=0.02)
    assert log_loss(truth, rose) < math.log(2.0) < log_loss(boast, rose)


@pytest.mark.parametrize("figure", FIGURES)
def test_pairs_that_do_not_count(figure):
    nan = math.nan
    probability = np.concatenate([PROBABILITY, [nan, 0.9, 0.9, 0.9]])
    rose = np.concatenate([ROSE, [0.0, nan, 0.0, 0.0]])
    weight = np.concatenate([np.full(80, 0.5), [1.0, 1.0, 0.0, nan]])
    assert figure(probability, rose, weight) == pytest.approx(figure(PROBABILITY, ROSE), rel=1e-14)
    assert figure(probability[:-2], rose[:-2]) == figure(PROBABILITY, ROSE)
    assert reliability(probability[:-2], rose[:-2]) == reliability(PROBABILITY, ROSE)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_weight_counts_like_as_many_pairs(figure):
    weight = np.random.default_rng(4).integers(1, 5, 80)
    repeated = figure(np.repeat(PROBABILITY, weight), np.repeat(ROSE, weight))
    assert figure(PROBABILITY, ROSE, weight.astype(float)) == pytest.approx(repeated)


def test_fewer_than_thirty_pairs_say_nothing():
    for figure in FIGURES:
        assert figure(PROBABILITY[:29], ROSE[:29]) is None
        assert figure(PROBABILITY[:30], ROSE[:30]) is not None
        assert figure(np.full(80, math.nan), ROSE) is None
    assert reliability(PROBABILITY[:29], ROSE[:29]) == ()


def test_to_be_wrong_when_certain_costs_much_and_no_infinity():
    sure = np.ones(30)
    assert log_loss(sure, sure) == 0.0
    assert 36.0 < log_loss(sure, np.zeros(30)) < 37.0
    assert log_loss(1.0 - sure, sure) == log_loss(sure, 1.0 - sure)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=30, max_size=60), st.integers(1, 12))
def test_bins_hold_all_cases_and_the_error_is_theirs(pairs, bins):
    probability, rose = np.array(pairs, float).T
    found = reliability(probability, rose, bins)
    assert sum(one.count for one in found) == len(pairs)
    error = sum(one.count * abs(one.probability - one.rose) for one in found) / len(pairs)
    assert expected_calibration_error(probability, rose, bins=bins) == pytest.approx(error, abs=1e-12)
    assert 0.0 <= error <= 1.0
