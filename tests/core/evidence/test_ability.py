"""Hansen's test: what it says of noise, of a planted gain, and of candidates that do nothing."""

import math

import numpy as np
import pytest

from models.evidence import Ability, superior
from models.evidence.ability import long_run_deviation
from models.types import BadInput

CASH = np.zeros(250)


def noise(seed, trials=10, days=250):
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, trials))


def test_the_best_of_noise_is_rarely_superior():
    """Of 60 drawn markets 5 % are, give or take: above 8 would happen once in 500 times."""
    values = [superior(noise(seed), CASH, 1, 100).consistent for seed in range(60)]
    assert sum(one <= 0.05 for one in values) <= 8
    assert np.mean(values) > 0.3


def test_a_planted_gain_is_found():
    for seed in range(5):
        candidates = noise(seed)
        candidates[:, 3] += 0.003
        found = superior(candidates, CASH, 1, 200)
        assert found.upper <= 0.02


def test_against_a_benchmark_with_the_same_gain_it_is_none():
    candidates = noise(1)
    candidates[:, 3] += 0.003
    held = candidates[:, 3] + noise(2, 1)[:, 0] * 0.1
    assert superior(candidates, held, 1, 200).consistent > 0.05


def test_a_large_stake_hides_no_small_one():
    """A wild candidate without skill beside a calm one with it: the means alone would show nothing."""
    candidates = noise(1, 2)
    candidates[:, 0] *= 100.0
    candidates[:, 1] = 0.1 * candidates[:, 1] + 0.0005
    assert superior(candidates, CASH, 1, 200).consistent <= 0.02


def test_one_seed_one_figure():
    candidates = noise(1) + 0.0004
    assert superior(candidates, CASH, 1, 200) == superior(candidates.copy(), CASH, 1, 200)
    assert len({superior(candidates, CASH, seed, 200).consistent for seed in range(6)}) > 1


def test_what_is_much_worse_does_not_count():
    candidates = noise(1)
    candidates[:, 0] += 0.0015
    alone = superior(candidates[:, :1], CASH, 1, 400)
    candidates[:, 1:] -= 0.01
    found = superior(candidates, CASH, 1, 400)
    assert found.lower <= found.consistent <= found.upper
    assert found.consistent == pytest.approx(alone.consistent, abs=0.05)
    assert found.upper > found.consistent + 0.05


@pytest.mark.parametrize(
    "candidates",
    [np.zeros((250, 4)), np.full((250, 1), 0.001), np.full((250, 2), -0.01), np.empty((250, 0))],
    ids=["cash", "more every day", "less every day", "none"],
)
def test_what_never_differs_shows_nothing(candidates):
    assert superior(candidates, CASH, 1, 50) == Ability(1.0, 1.0, 1.0)


def test_the_benchmark_itself_shows_nothing():
    held = noise(1, 1)
    assert superior(np.repeat(held, 3, axis=1), held[:, 0], 1, 50) == Ability(1.0, 1.0, 1.0)


def test_columns_that_stand_still_change_nothing():
    candidates = noise(1) + 0.0005
    still = np.column_stack([np.zeros(250), candidates, np.full(250, 0.002)])
    assert superior(still, CASH, 1, 100) == superior(candidates, CASH, 1, 100)


@pytest.mark.filterwarnings("error")
def test_candidates_that_hardly_ever_trade():
    candidates = np.zeros((250, 6))
    candidates[[0, 1], 0], candidates[120, 1], candidates[249, 2] = (0.01, -0.01), 0.02, -0.02
    candidates[:, 3], candidates[::2, 4], candidates[:, 5] = np.tile([0.01, -0.01], 125), 0.01, np.linspace(-1, 1, 250)
    for columns in ([0], [1], [2], [3], [4], [5], [0, 1, 2, 3, 4, 5]):
        found = superior(candidates[:, columns], CASH, 1, 50)
        assert 0.0 <= found.lower <= found.consistent <= found.upper <= 1.0


def test_alike_columns_are_one():
    candidates = noise(1, 1) + 0.001
    one = superior(candidates, CASH, 1, 100)
    assert superior(np.repeat(candidates, 5, axis=1), CASH, 1, 100) == one


def test_below_thirty_days_there_is_no_figure():
    assert superior(noise(1, 3, 29), np.zeros(29), 1, 10) is None
    assert superior(noise(1, 3, 30), np.zeros(30), 1, 10) is not None


def test_a_walk_has_a_greater_long_run_deviation_than_its_days():
    steps = noise(1, 3)
    assert long_run_deviation(steps, 1.0) == pytest.approx(steps.std(axis=0), rel=1e-12)
    walk = np.cumsum(steps, axis=0)
    assert (long_run_deviation(walk, 20.0) > 3.0 * walk.std(axis=0)).all()


@pytest.mark.parametrize(
    ("candidates", "benchmark", "replicates"),
    [
        (np.zeros((250, 2)), np.zeros(249), 10),
        (np.zeros(250), np.zeros(250), 10),
        (np.zeros((250, 2)), np.zeros((250, 1)), 10),
        (np.full((250, 2), math.nan), CASH, 10),
        (np.zeros((250, 2)), np.full(250, math.inf), 10),
        (np.zeros((250, 2)), CASH, 0),
    ],
)
def test_what_cannot_be_tested(candidates, benchmark, replicates):
    with pytest.raises(BadInput):
        superior(candidates, benchmark, 1, replicates)
