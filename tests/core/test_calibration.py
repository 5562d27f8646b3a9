"""From a score to an edge: slopes and confidences worked out by hand."""

import math

import numpy as np
import pytest

from models.predictors import Calibration, calibrate

NOTHING = Calibration(0.0, 0.0)


def confidence_of(t):
    """2 * Phi(t) - 1, by the error function."""
    return math.erf(t / math.sqrt(2.0))


# x.y = 30, x.x = 10: slope 3. Residuals 1, -1, 0.5, -0.5 and 0, squared 2.5 in all. Error sqrt(2.5 / 10 / n).
SCORE = np.array([1.0, 1.0, 2.0, 2.0, 0.0])
LABEL = np.array([4.0, 2.0, 6.5, 5.5, 0.0])


def test_by_hand():
    assert float(SCORE @ LABEL) / float(SCORE @ SCORE) == 3.0
    found = calibrate(SCORE, LABEL, 1, math.inf)
    assert found.slope == 3.0
    assert found.confidence == pytest.approx(confidence_of(3.0 / math.sqrt(2.5 / 10.0 / 5.0)), rel=1e-12)


def test_only_every_horizon_th_observation_is_independent():
    score, label = np.tile(SCORE, 4), np.tile(LABEL + np.array([0.0, 9.0, -9.0, 0.0, 0.0]), 4)
    once, fourth = calibrate(score, label, 1, math.inf), calibrate(score, label, 4, math.inf)
    assert fourth.slope == once.slope
    residual = float(((label - once.slope * score) ** 2).sum())
    for found, independent in ((once, 20.0), (fourth, 5.0)):
        error = math.sqrt(residual / 40.0 / independent)
        assert found.confidence == pytest.approx(confidence_of(found.slope / error), rel=1e-12)
    assert fourth.confidence < once.confidence


def test_the_line_goes_through_the_origin():
    assert calibrate(np.array([1.0, 1.0, 2.0]), np.array([11.0, 11.5, 12.0]), 1, math.inf).slope == pytest.approx(
        46.5 / 6.0
    )


def test_a_score_that_points_the_wrong_way_is_worth_nothing():
    assert calibrate(-SCORE, LABEL, 1, math.inf) == NOTHING


def test_rows_with_nan_do_not_count():
    score = np.concatenate([SCORE, [math.nan, 5.0, math.inf]])
    label = np.concatenate([LABEL, [1e6, math.nan, -1e6]])
    assert calibrate(score, label, 1, math.inf) == calibrate(SCORE, LABEL, 1, math.inf)


def test_the_slope_is_cut_and_its_confidence_is_not():
    cut = calibrate(SCORE, LABEL, 1, 1.0)
    assert cut == Calibration(1.0, calibrate(SCORE, LABEL, 1, math.inf).confidence)


@pytest.mark.parametrize(("rows", "horizon", "empty"), [(2, 1, True), (3, 1, False), (5, 2, True), (5, 1, False)])
def test_fewer_than_three_independent_observations_say_nothing(rows, horizon, empty):
    assert (calibrate(SCORE[:rows], LABEL[:rows], horizon, math.inf) == NOTHING) is empty


@pytest.mark.parametrize("score", [np.zeros(50), np.full(50, math.nan), np.empty(0)])
def test_no_score_is_no_edge(score):
    assert calibrate(score, np.ones(score.size), 1, math.inf) == NOTHING


def test_noise_is_not_trusted_and_a_signal_is():
    rng = np.random.default_rng(8)
    score, noise = rng.standard_normal(4000), rng.normal(0.0, 50.0, 4000)
    assert calibrate(score, 10.0 * score + noise, 4, math.inf).confidence > 0.999
    assert calibrate(score, noise, 4, math.inf).confidence < 0.9
