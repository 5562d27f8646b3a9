"""Overfitting: cases that can be counted, and what it says of noise and of skill."""

import math

import numpy as np
import pytest

from models.evidence import cscv
from models.types import BadInput


def noise(days, trials, seed=1):
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, trials))


def test_two_blocks_written_out():
    # The first trial wins the first half and loses the second, the other the other way round.
    returns = np.array([[0.02, 0.01], [0.04, -0.02], [-0.03, 0.05], [0.01, 0.02]])
    found = cscv(returns, 2)
    assert found.logits.tolist() == [math.log(1 / 2), math.log(1 / 2)]
    assert (found.pbo, found.losing) == (1.0, 1.0)
    # Roots of two times 3/2 and 7/6 where they won, times -1/4 and -1/6 where they did not: 1/12 over -1/3.
    assert found.slope == pytest.approx(-0.25, abs=1e-9)


def test_who_is_best_in_every_block_is_no_accident():
    returns = noise(320, 9)
    returns[:, 4] = 0.001 + 0.0001 * returns[:, 4]
    found = cscv(returns, 8)
    assert (found.pbo, found.losing) == (0.0, 0.0)
    assert found.logits.size == 70
    assert found.logits.tolist() == [math.log(9.0)] * 70


def test_a_winner_that_lives_on_one_half_is_one():
    # Each trial earns in one block and loses in all others.
    days = np.arange(80) // 10
    returns = np.where(days[:, None] == np.arange(8), 0.05, -0.01) + noise(80, 8) * 0.01
    found = cscv(returns, 8)
    assert (found.pbo, found.losing) == (1.0, 1.0)
    assert found.slope <= 0.0


def test_noise_is_even_in_the_mean_of_many_markets():
    shares = [cscv(noise(128, 20, seed), 8).pbo for seed in range(100)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.08)


def test_skill_that_differs_is_found_in_the_mean():
    skill = np.linspace(-0.003, 0.003, 20)
    shares = [cscv(noise(400, 20, seed) + skill, 8).pbo for seed in range(20)]
    assert np.mean(shares) < 0.05


def test_trials_that_cannot_be_told_apart_count_as_overfitted():
    found = cscv(np.repeat(noise(64, 1), 5, axis=1), 4)
    assert found.logits.tolist() == [0.0] * 6
    assert found.pbo == 1.0


def test_level_with_others_is_the_mean_of_their_ranks():
    # The winner twice among four: of ranks 3 and 4 the mean.
    returns = noise(64, 2)[:, [0, 1, 1, 0]]
    returns[:, [1, 2]] += 0.02
    assert cscv(returns, 4).logits.tolist() == [math.log(3.5 / 1.5)] * 6


@pytest.mark.parametrize("stake", [3.0, 0.1, 1.0 / 7.0])
def test_a_larger_stake_is_level(stake):
    returns = noise(64, 3)
    found = cscv(np.column_stack([returns, stake * returns]), 4)
    assert found.logits == pytest.approx(cscv(np.column_stack([returns, returns]), 4).logits, abs=1e-15)


def test_trials_with_one_trade_each_in_a_half_are_level():
    returns = np.zeros((16, 4))
    returns[[1, 9], [0, 0]], returns[[2, 11], [1, 1]], returns[[5, 14], [2, 2]] = 0.01, 0.037, 0.29
    found = cscv(returns, 2)
    # Three that are level above one that stands still: rank 3 of 4.
    assert found.logits.tolist() == [math.log(3.0 / 2.0)] * 2


@pytest.mark.parametrize("level", [0.0, 0.001, -1.0 / 3.0, 1e-7])
def test_a_trial_that_stands_still_has_a_ratio_of_zero(level):
    returns = np.column_stack([noise(64, 1) - 0.1, np.full(64, level)])
    found = cscv(returns, 4)
    assert (found.pbo, found.losing, found.slope) == (0.0, 0.0, None)


def test_a_trial_that_stands_still_in_one_half_only():
    returns = np.column_stack([np.full(32, 0.0031), np.full(32, -0.5)])
    returns[16:, 0] -= 0.5
    returns[20, 0], returns[16:, 1] = 0.7, noise(16, 1)[:, 0] - 0.1
    # Both stand still in the first half, and neither wins but by coming first; the second half has a loser.
    found = cscv(returns, 2)
    assert np.isfinite(found.logits).all()
    assert found.losing == 0.5


def test_the_mean_does_not_cost_digits():
    """Far from zero beside its movement: what is left of the squares would be rounding."""
    near, far = noise(64, 4), noise(64, 4) * 1e-4 + 0.02
    assert np.isfinite(cscv(np.column_stack([near, far]), 4).logits).all()
    inside = cscv(far, 4)
    best = max(range(4), key=lambda one: far[:32, one].mean() / far[:32, one].std(ddof=1))
    outside = far[32:].mean(axis=0) / far[32:].std(axis=0, ddof=1)
    rank = 1 + (outside < outside[best]).sum()
    assert inside.logits[0] == pytest.approx(math.log(rank / (5 - rank)), abs=1e-12)


@pytest.mark.parametrize("shape", [(64, 1), (64, 0), (31, 4), (0, 4)])
def test_too_few_trials_or_days_have_no_figure(shape):
    assert cscv(np.zeros(shape), 16) is None
    assert cscv(noise(32, 2), 16) is not None


@pytest.mark.parametrize("blocks", [-2, 0, 1, 7])
def test_blocks_that_have_no_halves(blocks):
    with pytest.raises(BadInput, match="even"):
        cscv(noise(64, 2), blocks)


def test_what_cannot_be_split():
    with pytest.raises(BadInput, match="one row a day"):
        cscv(np.zeros(64))
    returns = noise(64, 3)
    returns[7, 2] = math.nan
    with pytest.raises(BadInput, match="trial 2 on day 7 is nan"):
        cscv(returns)
