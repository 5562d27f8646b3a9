"""Which genomes are kept when several figures count."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evolution.fronts import front_of, rank_fitness, survivors
from models.types import BadInput

# Few values, so that rows are equal, and equal in one objective, often.
SCORES = st.sampled_from([-np.inf, np.nan, np.inf, 0.0, 1.0, 2.0, 3.0, 4.0, 1e9])


@st.composite
def populations(draw, scores=SCORES):
    n, m = draw(st.integers(0, 14)), draw(st.integers(1, 4))
    objectives = draw(st.lists(st.lists(scores, min_size=m, max_size=m), min_size=n, max_size=n))
    broken = draw(st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.5, 2.0, np.inf]), min_size=n, max_size=n))
    return np.array(objectives, float).reshape(n, m), np.array(broken, float)


def dominates(one, other):
    return bool((one >= other).all() and (one > other).any())


def plain_front(objectives, rows):
    return [i for i in rows if not any(dominates(objectives[j], objectives[i]) for j in rows)]


def plain_ranks(objectives, rows):
    """Number of the front of each of `rows`, peeled off one after the other."""
    left, ranks = list(rows), {}
    while left:
        front = plain_front(objectives, left)
        ranks |= dict.fromkeys(front, max(ranks.values(), default=-1) + 1)
        left = [row for row in left if row not in front]
    return ranks


def feasible_rows(objectives, broken):
    return [i for i in range(len(broken)) if broken[i] == 0.0 and np.isfinite(objectives[i]).all()]


@given(populations())
def test_front_is_what_comparing_all_with_all_finds(population):
    objectives, _ = population
    known = [i for i in range(len(objectives)) if np.isfinite(objectives[i]).all()]
    assert front_of(objectives).tolist() == plain_front(objectives, known)


@given(population=populations(), count=st.integers(0, 16), seed=st.integers(0, 9))
@settings(max_examples=200)
def test_survivors_come_front_by_front_and_then_by_violation(population, count, seed):
    objectives, broken = population
    rows = survivors(objectives, broken, count, np.random.default_rng(seed)).tolist()
    assert len(rows) == len(set(rows)) == min(count, len(broken))
    ranks = plain_ranks(objectives, feasible_rows(objectives, broken))
    places = [ranks.get(row, len(broken)) for row in rows]
    assert places == sorted(places)
    assert sorted(places) == sorted(ranks.get(row, len(broken)) for row in range(len(broken)))[: len(rows)]
    others = [row for row in rows if row not in ranks]
    worst = np.where(np.isfinite(objectives).all(axis=1), broken, np.inf)
    assert (
        others
        == sorted((row for row in range(len(broken)) if row not in ranks), key=lambda row: worst[row])[: len(others)]
    )


@given(populations())
@settings(max_examples=200)
def test_rank_fitness_is_higher_for_better_fronts_and_lowest_without_feasibility(population):
    objectives, broken = population
    fitness = rank_fitness(objectives, broken)
    assert np.isfinite(fitness).all()
    ranks = plain_ranks(objectives, feasible_rows(objectives, broken))
    for row, rank in ranks.items():
        assert -rank <= fitness[row] <= -rank + 0.5
    worst = np.where(np.isfinite(objectives).all(axis=1), broken, np.inf)
    others = [row for row in range(len(broken)) if row not in ranks]
    for row in others:
        assert all(fitness[row] < fitness[better] for better in ranks)
        assert all(fitness[row] > fitness[other] for other in others if worst[row] < worst[other])


def test_the_least_crowded_of_the_last_front_stay():
    # Five on a line; the third is between close neighbours (1.9 and 3.0), the last one is behind all of them.
    objectives = np.array([[0.0, 4.0], [1.9, 2.1], [2.0, 2.0], [3.0, 1.0], [4.0, 0.0], [0.0, 0.0]])
    kept = {count: survivors(objectives, np.zeros(6), count, np.random.default_rng(0)) for count in range(2, 7)}
    assert set(kept[2]) == {0, 4}
    assert set(kept[3]) in ({0, 1, 4}, {0, 3, 4})
    assert set(kept[4]) == {0, 1, 3, 4}
    assert set(kept[5]) == {0, 1, 2, 3, 4}
    assert kept[6][-1] == 5
    fitness = rank_fitness(objectives, np.zeros(6))
    assert fitness[0] == fitness[4] == 0.5
    assert fitness[5] < 0.0 < fitness[2] < fitness[1] < 0.5


def test_true_is_a_broken_constraint():
    objectives, broken = np.array([[1.0, 1.0], [9.0, 9.0], [2.0, 2.0]]), np.array([False, True, False])
    assert survivors(objectives, broken, 3, np.random.default_rng(0)).tolist() == [2, 0, 1]
    assert np.argsort(-rank_fitness(objectives, broken)).tolist() == [2, 0, 1]


def test_same_state_same_survivors():
    objectives = np.repeat(np.array([[0.0, 1.0], [1.0, 0.0]]), 20, axis=0)
    first, second, other = (survivors(objectives, np.zeros(40), 7, np.random.default_rng(i)) for i in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_nothing_feasible():
    objectives = np.full((3, 2), np.nan)
    assert front_of(objectives).tolist() == []
    assert survivors(objectives, np.zeros(3), 2, np.random.default_rng(0)).tolist() == [0, 1]
    assert len(set(rank_fitness(objectives, np.zeros(3)))) == 1


@pytest.mark.parametrize("broken", [np.zeros(2), np.array([0.0, -1.0, 0.0]), np.array([0.0, np.nan, 0.0])])
def test_refuses_violations(broken):
    for call in (lambda one: rank_fitness(np.ones((3, 2)), one), lambda one: survivors(np.ones((3, 2)), one, 1, None)):
        with pytest.raises(BadInput, match="give one for each, 0 or more, not NaN"):
            call(broken)


def test_pymoo_is_imported_only_where_it_is_used():
    code = "import sys, models.evolution.fronts, models.evolution.operators; sys.exit('pymoo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
