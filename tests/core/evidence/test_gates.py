"""Gates: both sides of every threshold, and figures that are not there."""

import math
from dataclasses import replace

import numpy as np
import pytest

from models import evidence
from models.evidence import (
    ORDER,
    Cscv,
    cscv,
    data_quality,
    deflated_sharpe,
    double_costs,
    dsr,
    pbo,
    placebo,
    plateau,
    prefix_invariance,
    spa,
    stress,
    walk_forward,
)
from models.evidence.sharpe import unskewed_sharpe
from models.types import BadInput

RETURNS = np.random.default_rng(1).normal(0.001, 0.01, 400)
NONE = np.array([])


def split_with(share):
    return Cscv(share, np.zeros(70), 0.25, None)


def test_the_order_is_that_of_the_design():
    assert (
        *("data_quality", "prefix_invariance", "placebo", "walk_forward", "dsr"),
        *("pbo", "spa", "plateau", "double_costs", "stress"),
    ) == ORDER
    assert set(ORDER) <= set(evidence.__all__)


# Gate of a figure and a threshold, a figure that equals the threshold to the bit, and whether that passes.
AT_MOST = {
    "data_quality": (data_quality, 0.02),
    "prefix_invariance": (prefix_invariance, 0.0),
    "pbo": (lambda value, threshold: pbo(split_with(value), threshold), 0.2),
    "spa against cash": (lambda value, threshold: spa(value, 0.0, threshold), 0.05),
    "spa against holding": (lambda value, threshold: spa(0.0, value, threshold), 0.05),
    "stress": (stress, 0.25),
}


@pytest.mark.parametrize("name", AT_MOST)
def test_at_most_so_much(name):
    gate, threshold = AT_MOST[name]
    above, below = math.nextafter(threshold, 1.0), math.nextafter(threshold, -1.0)
    for value, passed in ((threshold, True), (above, False), (below, True), (1e9, False)):
        found = gate(value, threshold)
        assert found.name == name.split()[0]
        assert found.threshold == threshold
        assert found.passed is passed
        if value >= 0.0:
            assert found.value == value


@pytest.mark.parametrize("name", AT_MOST)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_not_finite_passes_nothing(name, value):
    gate, threshold = AT_MOST[name]
    assert_unmeasured(gate(value, threshold), threshold)


@pytest.mark.parametrize("gate", [data_quality, prefix_invariance, stress, double_costs])
def test_a_figure_that_is_not_there_passes_nothing(gate):
    assert_unmeasured(gate(None, 0.1), 0.1)
    assert_unmeasured(gate(math.nan, 0.1), 0.1)


@pytest.mark.parametrize("gate", [data_quality, prefix_invariance, stress, double_costs])
def test_a_threshold_that_is_not_a_number_lets_nothing_pass(gate):
    assert not gate(0.0, math.nan).passed


def assert_unmeasured(found, threshold):
    assert found.value is None
    assert found.passed is False
    assert found.threshold == threshold
    assert found.sentence.startswith("Could not be measured: ")
    assert found.sentence.endswith(".")
    assert "nan" not in found.sentence


def test_twice_the_costs_have_to_leave_something():
    assert not double_costs(0.0, 0.0).passed
    assert double_costs(5e-324, 0.0).passed
    assert not double_costs(-0.1, 0.0).passed
    assert double_costs(0.12, 0.0).sentence == "At twice the costs it returns 12.000%; more than 0.000% is asked for."


def test_a_placebo_as_good_counts_and_one_below_does_not():
    placebos = np.linspace(0.0, 1.0, 19)
    assert placebo(math.nextafter(1.0, 2.0), placebos, 0.05).value == 0.05
    assert placebo(math.nextafter(1.0, 2.0), placebos, 0.05).passed
    found = placebo(1.0, placebos, 0.05)
    assert (found.value, found.passed) == (0.1, False)
    assert placebo(-1.0, placebos, 0.05).value == 1.0
    assert "1 of 19 searches on shuffled returns" in found.sentence


def test_eighteen_placebos_are_too_few_for_one_in_twenty():
    assert not placebo(1.0, np.zeros(18), 0.05).passed
    assert placebo(1.0, np.zeros(19), 0.05).passed


def test_a_placebo_that_is_not_a_number_counts_against_the_winner():
    assert placebo(1.0, np.array([0.0, math.nan, -math.inf]), 0.05).value == 0.5


@pytest.mark.parametrize(("fitness", "placebos"), [(None, np.zeros(19)), (math.nan, np.zeros(19)), (1.0, NONE)])
def test_no_winner_or_no_placebo_is_no_figure(fitness, placebos):
    assert_unmeasured(placebo(fitness, placebos, 0.05), 0.05)


def test_walk_forward_is_the_probability_out_of_sample():
    value = unskewed_sharpe(RETURNS)
    found = walk_forward(RETURNS, 0.25, value)
    assert (found.value, found.passed) == (value, True)
    assert not walk_forward(RETURNS, 0.25, math.nextafter(value, 1.0)).passed
    ratio = RETURNS.mean() / RETURNS.std(ddof=1)
    assert f"per day {ratio:.4f} out of sample, over 400 days, and 0.2500 in sample" in found.sentence
    assert "unknown in sample" in walk_forward(RETURNS, None, 0.95).sentence
    assert "unknown in sample" in walk_forward(RETURNS, math.nan, 0.95).sentence


@pytest.mark.parametrize("returns", [NONE, np.array([0.1, 0.2]), np.zeros(400)])
def test_too_few_days_or_none_that_moves_is_no_figure(returns):
    assert_unmeasured(walk_forward(returns, 0.1, 0.95), 0.95)
    assert_unmeasured(dsr(returns, 10.0, 0.001, 0.95), 0.95)


def test_returns_that_are_not_finite_are_refused():
    with pytest.raises(BadInput):
        walk_forward(np.array([0.1, math.nan, 0.2]), 0.1, 0.95)
    with pytest.raises(BadInput):
        dsr(np.array([0.1, math.nan, 0.2]), 2.0, 0.1, 0.95)


def test_the_deflated_ratio_is_that_of_so_many_trials():
    value = deflated_sharpe(RETURNS, 12.5, 0.001)
    found = dsr(RETURNS, 12.5, 0.001, value)
    assert (found.name, found.value, found.passed) == ("dsr", value, True)
    assert not dsr(RETURNS, 12.5, 0.001, math.nextafter(value, 1.0)).passed
    assert "best of 12.5 different trials" in found.sentence


@pytest.mark.parametrize(("trials", "variance"), [(None, 0.1), (3.0, None), (math.nan, 0.1), (3.0, math.inf)])
def test_trials_that_were_not_counted_are_no_figure(trials, variance):
    assert_unmeasured(dsr(RETURNS, trials, variance, 0.95), 0.95)


def test_no_split_is_no_figure():
    assert_unmeasured(pbo(None, 0.2), 0.2)
    assert_unmeasured(pbo(cscv(np.zeros((9, 3))), 0.2), 0.2)


def test_a_split_is_said_with_what_it_lost():
    said = pbo(split_with(0.1), 0.2).sentence
    assert said.startswith("In 10.00% of 70 ways to halve the days")
    assert "in 25.00% it lost there; 20.00% at most" in said


@pytest.mark.parametrize(("cash", "hold"), [(None, 0.01), (0.01, None), (math.nan, 0.01), (0.01, math.nan)])
def test_one_p_value_of_two_is_no_figure(cash, hold):
    assert_unmeasured(spa(cash, hold, 0.05), 0.05)


def test_the_tenth_neighbour_of_a_hundred_counts():
    neighbours = np.arange(101.0)[::-1]
    found = plateau(20.0, neighbours, 0.5)
    assert (found.value, found.passed) == (0.5, True)
    assert not plateau(20.0, neighbours, math.nextafter(0.5, 1.0)).passed
    assert not plateau(math.nextafter(20.0, 21.0), neighbours, 0.5).passed


def test_between_two_neighbours_the_worse_one_counts():
    # Of 64 the place of the 10th percentile is 6.3 from the worst.
    assert plateau(10.0, np.arange(64.0), 0.5).value == 0.6


@pytest.mark.parametrize("strange", [math.nan, math.inf, -math.inf])
def test_neighbours_without_a_fitness_are_the_worst(strange):
    neighbours = np.full(101, 1.0)
    neighbours[:10] = strange
    assert plateau(1.0, neighbours, 0.5).passed
    neighbours[10] = strange
    found = plateau(1.0, neighbours, 0.5)
    assert_unmeasured(found, 0.5)
    assert "11 of 101 neighbours" in found.sentence


@pytest.mark.parametrize("fitness", [None, math.nan, 0.0, -1.0, math.inf])
def test_without_a_fitness_above_zero_there_is_no_plateau(fitness):
    # Worse neighbours over a winner below zero would look like a plateau.
    assert_unmeasured(plateau(fitness, np.full(64, -2.0), 0.5), 0.5)


def test_without_neighbours_there_is_no_plateau():
    assert_unmeasured(plateau(1.0, NONE, 0.5), 0.5)


def test_a_loss_below_zero_is_no_loss():
    assert stress(-0.02, 0.1).passed


def test_verdicts_are_values():
    found = stress(0.05, 0.1)
    assert found == stress(0.05, 0.1)
    assert replace(found, passed=False) != found
    assert found.sentence == "The worst stress scenario costs 5.000% of the equity; 10.000% may be lost."
