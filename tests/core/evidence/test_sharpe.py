"""Probabilities of Sharpe ratios: published examples, and where there is none."""

import math

import numpy as np
import pytest

from models.evidence import deflated_sharpe, expected_maximum_sharpe, probabilistic_sharpe
from models.types import BadInput


def with_moments(days, mean, deviation, skew, kurtosis):
    """Three values with given shares have these four moments up to what days can be divided into."""
    # Of standardised values -a, 0, b: b - a is kurtosis of two points, found from skew and kurtosis.
    apart = math.sqrt(kurtosis - 0.75 * skew * skew)
    low, high = apart - skew / 2.0, apart + skew / 2.0
    p_low, p_high = 1.0 / (low * (low + high)), 1.0 / (high * (low + high))
    counts = round(days * p_low), round(days * p_high)
    values = np.concatenate([np.full(counts[0], -low), np.full(counts[1], high), np.zeros(days - sum(counts))])
    return mean + deviation * values


def test_the_example_of_the_paper():
    """Bailey and Lopez de Prado, "The Deflated Sharpe Ratio": a yearly ratio of 2.5 over 1,250 days, skew -3, kurtosis
    10, the best of 100 trials whose yearly ratios have a variance of a half: expected 0.1132 per day, deflated 0.9004.
    """
    returns = with_moments(1250, 2.5 / math.sqrt(250.0), 1.0, -3.0, 10.0)
    apart = returns - returns.mean()
    assert (apart**3).mean() / (apart**2).mean() ** 1.5 == pytest.approx(-3.0, abs=0.01)
    assert (apart**4).mean() / (apart**2).mean() ** 2 == pytest.approx(10.0, abs=0.02)
    assert expected_maximum_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(returns, 100, 0.5 / 250) == pytest.approx(0.9004, abs=0.002)
    # "Should the researcher have made only 46 independent trials": 0.9505 in the paper.
    assert deflated_sharpe(returns, 46, 0.5 / 250) == pytest.approx(0.9505, abs=0.002)


def test_a_symmetric_coin_by_hand():
    # Mean 1, sample deviation sqrt(16 / 3), no skew, kurtosis 1: the root is 1.
    sharpe = 1.0 / math.sqrt(16.0 / 3.0)
    expected = 0.5 * (1.0 + math.erf(sharpe * math.sqrt(3.0) / math.sqrt(2.0)))
    assert probabilistic_sharpe(np.array([3.0, -1.0, 3.0, -1.0])) == pytest.approx(expected, abs=1e-15)


def test_against_its_own_ratio_it_is_even():
    returns = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert probabilistic_sharpe(returns, float(returns.mean() / returns.std(ddof=1))) == 0.5


@pytest.mark.parametrize(
    "returns",
    [[], [0.1], [0.1, -0.1], [0.0] * 50, [0.0001] * 50, [1.0 / 3.0] * 7],
    ids=str,
)
def test_where_there_is_no_probability(returns):
    assert probabilistic_sharpe(np.array(returns)) is None
    assert deflated_sharpe(np.array(returns), 10.0, 0.01) is None


def test_two_values_whose_ratio_would_have_no_variance():
    # Skew times ratio is two: the root is zero but for rounding, which may as well lie below zero.
    tuned = [np.array([1.0, 0.0, 0.0, 0.0]) - 0.25 + (0.75**0.5 + step * 1e-16) for step in range(-40, 40)]
    found = [probabilistic_sharpe(one) for one in tuned]
    assert all(one is None or one == 1.0 for one in found)
    assert None in found


def test_three_returns_are_enough():
    assert probabilistic_sharpe(np.array([0.01, -0.01, 0.0])) == 0.5


@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(strange):
    with pytest.raises(BadInput, match="return 1 is"):
        probabilistic_sharpe(np.array([0.1, strange, 0.2]))
    with pytest.raises(BadInput, match="held against"):
        probabilistic_sharpe(np.array([0.1, 0.3, 0.2]), strange)
    with pytest.raises(BadInput, match="trials"):
        expected_maximum_sharpe(strange, 0.1)
    with pytest.raises(BadInput, match="variance"):
        expected_maximum_sharpe(2.0, strange)


@pytest.mark.parametrize(("trials", "variance"), [(0.99, 1.0), (0.0, 1.0), (2.0, -1e-9)])
def test_trials_and_variances_that_cannot_be(trials, variance):
    with pytest.raises(BadInput):
        expected_maximum_sharpe(trials, variance)


def test_one_trial_or_trials_that_are_all_alike_deflate_nothing():
    returns = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert (
        expected_maximum_sharpe(1, 5.0) == expected_maximum_sharpe(1.2, 5.0) == expected_maximum_sharpe(9, 0.0) == 0.0
    )
    assert deflated_sharpe(returns, 1.0, 5.0) == probabilistic_sharpe(returns)


def test_the_expected_maximum_is_near_what_is_drawn():
    drawn = np.random.default_rng(1).normal(0.0, 0.2, (20_000, 50)).max(axis=1).mean()
    assert expected_maximum_sharpe(50, 0.04) == pytest.approx(drawn, rel=0.02)
