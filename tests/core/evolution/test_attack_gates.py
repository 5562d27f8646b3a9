"""Returns that look like evidence and are none: no gate lets them through."""

import numpy as np
import pytest

from models.evidence import dsr, effective_trials, spa, superior, walk_forward

DAYS = 1000


def days_with(values: dict[int, float], days: int = 400) -> np.ndarray:
    found = np.zeros(days)
    for day, value in values.items():
        found[day] = value
    return found


def noise(seed: int, columns: int, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.01, (DAYS, columns))


def p_of(candidates: np.ndarray, benchmark: np.ndarray, judged: int) -> float:
    found = superior(candidates, benchmark, 1, 500, judged)
    assert found is not None
    return found.consistent


@pytest.mark.parametrize("won", [{200: 0.02}, {100: 0.02, 200: 0.03}])
def test_one_or_two_winning_days_out_of_sample_prove_nothing(won):
    assert not walk_forward(days_with(won), 0.1, 0.95).passed


def test_one_giant_day_among_many_small_losses_proves_nothing():
    losses = dict.fromkeys(range(0, 400, 5), -1e-5)
    assert not walk_forward(days_with(losses | {7: 0.05}), 0.1, 0.95).passed
    assert not walk_forward(days_with(losses | {7: 0.05, 11: 0.05}), 0.1, 0.95).passed


def test_steady_days_out_of_sample_still_pass():
    assert walk_forward(np.random.default_rng(1).normal(0.001, 0.01, 1200), 0.1, 0.95).passed
    rare = np.random.default_rng(2).normal(0.006, 0.01, DAYS) * (np.arange(DAYS) % 20 == 0)
    assert walk_forward(rare, 0.1, 0.95).passed


def test_a_winner_that_never_trades_is_not_superior_because_another_trial_is():
    candidates = np.column_stack((noise(1, 5, 0.003), np.zeros(DAYS)))
    assert superior(candidates, np.zeros(DAYS), 1, 500).consistent < 0.05
    assert p_of(candidates, np.zeros(DAYS), 5) == 1.0
    assert not spa(p_of(candidates, np.zeros(DAYS), 5), 0.0, 0.05).passed


@pytest.mark.parametrize("mean", [0.0, -0.002])
def test_a_winner_without_skill_is_not_superior_because_another_trial_is(mean):
    own = noise(9, 1)[:, 0]
    candidates = np.column_stack((noise(1, 5, 0.003), own - own.mean() + mean))
    assert p_of(candidates, np.zeros(DAYS), 5) > 0.3


def test_a_larger_stake_of_others_in_a_drift_does_not_beat_holding_for_the_winner():
    market = noise(3, 1, 0.001)
    there = np.random.default_rng(4).random((DAYS, 6)) < 0.5
    candidates = market * there * np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.1])
    held = 0.05 * market[:, 0]
    assert superior(candidates, held, 1, 500).consistent < 0.05, "the others hold ten times as much"
    assert p_of(candidates, held, 5) > 0.05


def test_who_has_skill_is_superior_among_others_and_alone():
    candidates = np.column_stack((noise(1, 30), noise(2, 1, 0.002)))
    assert p_of(candidates, np.zeros(DAYS), 30) < 0.05
    assert p_of(candidates[:, -1:], np.zeros(DAYS), 0) == 0.0


def test_more_trials_never_make_a_winner_look_better():
    winner = noise(5, 1, 0.0007)
    alone = p_of(winner, np.zeros(DAYS), 0)
    assert p_of(np.column_stack((noise(6, 40), winner)), np.zeros(DAYS), 40) > alone


def test_of_the_best_the_two_questions_are_one():
    candidates = noise(7, 20)
    best = int(np.argmax(candidates.mean(axis=0) / candidates.std(axis=0)))
    whole = superior(candidates, np.zeros(DAYS), 1, 500).consistent
    assert p_of(candidates, np.zeros(DAYS), best) == pytest.approx(whole, abs=0.05)


def test_without_another_trial_that_moves_luck_has_no_measure():
    """Sixty trials that never traded, and one that did: that it is not the best of many is not known."""
    streams = np.column_stack((np.zeros((DAYS, 60)), noise(8, 1, 0.001)))
    found = effective_trials(streams)
    assert (found.count, found.variance) == (2.0, 0.0)
    gate = dsr(streams[:, -1], found.count, found.variance, 0.95)
    assert (gate.value, gate.passed) == (None, False)
