"""Value at risk and expected shortfall of returns that can be counted by hand."""

import math

import numpy as np
import pytest

from models.tails import cornish_fisher, historical, in_domain, normal, student_t
from models.types import BadInput

pytestmark = pytest.mark.risk

# Losses of 1, 2, ... 100 %.
HUNDRED = -np.arange(1.0, 101.0) / 100.0
# Mean 0, standard deviation (n - 1) of sqrt(20 / 9): skewness 0, excess -1.3.
EVEN = np.array([-2.0, -1.0, 0.0, 1.0, 2.0] * 2)


@pytest.mark.parametrize(
    ("returns", "confidence", "var", "es"),
    [
        (HUNDRED, 0.95, 0.95, 0.98),  # the sixth largest loss; mean of 1.00 .. 0.96
        (HUNDRED, 0.99, 0.99, 1.00),
        (HUNDRED, 0.90, 0.90, 0.955),
        (HUNDRED, 0.955, 0.96, (1.0 + 0.99 + 0.98 + 0.97 + 0.5 * 0.96) / 4.5),  # half of the fifth
        (HUNDRED, 0.995, 1.00, 1.00),  # less than one scenario: the worst
        (HUNDRED, 0.01, 0.01, 0.51),  # mean of 0.02 .. 1.00
        (np.array([-0.03]), 0.5, 0.03, 0.03),
        (np.array([0.01, 0.02, 0.03, 0.04]), 0.5, -0.03, -0.015),  # nothing but profits
    ],
)
def test_historical(returns, confidence, var, es):
    found = historical(np.random.default_rng(1).permutation(returns), confidence)
    assert found == (pytest.approx(var, abs=1e-12), pytest.approx(es, abs=1e-12))


def test_a_short_position_loses_what_a_long_one_wins():
    skewed = np.append(HUNDRED, [3.0, 2.0])
    assert historical(-skewed, 0.985).var == pytest.approx(2.0)
    assert historical(skewed, 0.985).var == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("confidence", "count", "worst"), [(0.9, 10, 1), (0.95, 1000, 50), (0.99, 1000, 10), (0.99, 100_000, 1000)]
)
def test_a_mass_that_is_a_whole_number_but_for_rounding_is_one(confidence, count, worst):
    losses = np.arange(count, dtype=np.float64)
    assert historical(-losses, confidence).var == count - 1 - worst
    assert historical(-losses, confidence).es == pytest.approx(count - 1 - (worst - 1) / 2)


def test_normal():
    sd = math.sqrt(20.0 / 9.0)
    assert normal(EVEN + 0.5, 0.95).var == pytest.approx(1.6448536269514722 * sd - 0.5, rel=1e-12)
    assert normal(EVEN + 0.5, 0.95).es == pytest.approx(2.062712807507426 * sd - 0.5, rel=1e-12)


def test_student_t_without_fat_tails_is_normal():
    assert student_t(EVEN, 0.99) == normal(EVEN, 0.99)


def test_student_t_with_five_degrees_of_freedom():
    """Excess kurtosis 6: values -1 and 1 beside zeros, of which p n are none; 1 / p - 3 = 6."""
    returns = np.array([-1.0] * 5 + [1.0] * 5 + [0.0] * 80)
    sd = math.sqrt(10.0 / 89.0)
    scale = sd * math.sqrt(3.0 / 5.0)
    assert student_t(returns, 0.95).var == pytest.approx(scale * 2.015048372669157, rel=1e-9)
    assert student_t(returns, 0.95).es == pytest.approx(scale * 2.890128, rel=1e-5)


def test_cornish_fisher():
    """z = -1.6449: with excess kurtosis -1.3 and no skewness the correction is (z^3 - 3 z) K / 24."""
    z, excess = -1.6448536269514722, -1.3
    sd = math.sqrt(20.0 / 9.0)
    corrected = z + (z**3 - 3.0 * z) * excess / 24.0
    beyond = 0.10313564037537139 / 0.05 * (1.0 + (z * z - 1.0) * excess / 24.0)
    found = cornish_fisher(EVEN, 0.95)
    assert found.var == pytest.approx(-sd * corrected, rel=1e-12)
    assert found.es == pytest.approx(sd * beyond, rel=1e-12)


def test_cornish_fisher_reads_skewness_by_side():
    skewed = np.array([-3.0, *[0.5] * 6, 0.1, -0.1, 0.0])
    assert cornish_fisher(skewed, 0.95).var > normal(skewed, 0.95).var
    assert cornish_fisher(-skewed, 0.95).var < normal(-skewed, 0.95).var


@pytest.mark.parametrize(
    ("skewness", "excess", "inside"),
    [(0.0, 0.0, True), (0.0, 4.0, True), (0.0, 7.9, True), (0.0, 8.1, False), (0.0, -0.1, False), (2.0, 1.0, False)],
)
def test_the_domain_of_the_expansion(skewness, excess, inside):
    assert in_domain(skewness, excess) is inside


@pytest.mark.parametrize("measure", [historical, normal, student_t, cornish_fisher])
@pytest.mark.parametrize("confidence", [0.0, 1.0, 1.2, -0.1, math.nan])
def test_a_confidence_is_a_probability(measure, confidence):
    with pytest.raises(BadInput, match="confidence"):
        measure(HUNDRED, confidence)


@pytest.mark.parametrize(("measure", "count"), [(historical, 0), (normal, 1), (student_t, 1), (cornish_fisher, 1)])
def test_too_few_returns(measure, count):
    with pytest.raises(BadInput, match="return"):
        measure(HUNDRED[:count], 0.95)
