"""Our genetic operators and pymoo 0.6.2's: the same children of the same random numbers, the same fronts, and as good
an end of a search with the same budget.

Defined otherwise, and where: pymoo draws a random number for each gene that is crossed, ours for every gene (so that
what is drawn does not depend on the genes); the replayed numbers below are given to each as it asks for them. Its
tournaments are of random pairs too, but a genome that equals one of the parents is bred again there, and is not here.
"""

import numpy as np
import pytest
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.operators.crossover.sbx import cross_sbx
from pymoo.operators.mutation.pm import mut_pm
from pymoo.operators.survival.rank_and_crowding import RankAndCrowding
from pymoo.optimize import minimize
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from models.evolution.fronts import front_of, rank_fitness, survivors
from models.evolution.operators import Breeding, children, latin_hypercube, polynomial, sbx

K = 8


class Replayed:
    """Gives out the same numbers in the same order, to whoever asks with whatever shape of that size."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self, shape):
        found = self.numbers.pop(0)
        assert found.shape == (shape if isinstance(shape, tuple) else (shape,))
        return found


def parents(seed, n=300):
    """Pairs within bounds of all sizes, some on a bound, some equal, one gene without a choice."""
    generator = np.random.default_rng(seed)
    low = np.array([0.0, -5.0, 1e-3, -1e6, 10.0, 0.0, 3.0, -1.0])
    high = np.array([1.0, 5.0, 2e-3, 1e6, 10.5, 1e-9, 3.0, 1.0])
    pairs = low + generator.random((2, n, K)) * (high - low)
    pairs[0, ::7], pairs[1, ::11] = low, high
    pairs[1, ::5] = pairs[0, ::5]
    return generator, low, high, np.clip(pairs, low, high)


def assert_close(found, expected, low, high):
    """To 1e-12 of the range, or of the largest value where that is larger."""
    apart = np.abs(found - expected) / np.maximum(high - low, np.abs(high))
    assert apart.max() <= 1e-12


@pytest.mark.parametrize("eta", [0.0, 3.0, 15.0, 30.0])
@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_sbx_makes_the_children_of_pymoo(eta, rate):
    generator, low, high, pairs = parents(int(eta))
    drawn, along, order = generator.random((3, *pairs[0].shape))
    part = (drawn < rate) & (np.abs(pairs[0] - pairs[1]) > 1e-14)
    per_pair = np.ones((len(drawn), 1))
    theirs = cross_sbx(
        pairs.copy(),
        low,
        high,
        eta * per_pair,
        rate,
        0.5 * per_pair,
        random_state=Replayed(drawn, along[part], order[part]),
    )
    ours = sbx(Replayed(np.stack([drawn, along, order])), *pairs, low, high, eta, rate)
    assert 0.3 < part.mean() < 0.8
    for found, expected in zip(ours, theirs, strict=True):
        assert_close(found, expected, low, high)


@pytest.mark.parametrize("eta", [0.0, 3.0, 20.0, 100.0])
@pytest.mark.parametrize("rate", [0.125, 1.0])
def test_polynomial_makes_the_mutants_of_pymoo(eta, rate):
    generator, low, high, pairs = parents(int(eta))
    genes = pairs[0]
    drawn, along = generator.random((2, *genes.shape))
    part = (drawn < rate) & (low < high)
    per_row = np.ones(len(genes))
    theirs = mut_pm(genes, low, high, eta * per_row, rate * per_row, False, random_state=Replayed(drawn, along[part]))
    ours = polynomial(Replayed(np.stack([drawn, along])), genes, low, high, eta, rate)
    assert (theirs != genes).any()
    assert_close(ours, theirs, low, high)


def scores(seed, n, m):
    """Objectives with many equal ones, and violations of which half are none."""
    generator = np.random.default_rng(seed)
    objectives = generator.integers(0, 6 + 4 * seed, (n, m)).astype(float)
    return objectives, np.maximum(generator.integers(-5, 5, n), 0).astype(float)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_fronts_are_those_of_pymoo(seed, m):
    objectives, _ = scores(seed, 80, m)
    fronts = NonDominatedSorting().do(-objectives)
    assert front_of(objectives).tolist() == fronts[0].tolist()
    fitness = rank_fitness(objectives, np.zeros(80))
    assert np.ceil(-fitness).astype(int).tolist() == [
        next(rank for rank, front in enumerate(fronts) if row in front) for row in range(80)
    ]


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("count", [5, 30, 60, 80])
@pytest.mark.parametrize("seed", range(3))
def test_survivors_are_those_of_pymoo(seed, count, m):
    objectives, broken = scores(seed, 80, m)
    population = Population.new("F", -objectives, "G", broken[:, None], "row", np.arange(80))
    problem = Problem(n_var=1, n_obj=m, n_ieq_constr=1)
    for one in population:
        one.set("H", np.empty(0))
    theirs = RankAndCrowding().do(problem, population, n_survive=count, random_state=np.random.default_rng(seed))
    ours = survivors(objectives, broken, count, np.random.default_rng(seed))
    feasible = min(count, int((broken == 0.0).sum()))
    rows = theirs.get("row").astype(int)
    assert ours[:feasible].tolist() == rows[:feasible].tolist()
    # of equal violations theirs comes in any order
    assert broken[ours].tolist() == broken[rows].tolist()


def sphere(genes):
    return ((genes - 1.234) ** 2).sum(axis=1)


def rastrigin(genes):
    return 10.0 * K + ((genes - 0.5) ** 2 - 10.0 * np.cos(2.0 * np.pi * (genes - 0.5))).sum(axis=1)


def mixed(genes):
    """Four floats, three whole numbers and a switch; the best of the first float depends on the first whole number."""
    floats, whole, switch = genes[:, :4], genes[:, 4:7], genes[:, 7]
    together = 0.5 * np.abs(whole[:, 0] * floats[:, 0] - 3.0 * 1.234)
    return ((floats - 1.234) ** 2).sum(axis=1) + ((whole - 3.0) ** 2).sum(axis=1) + 2.0 * (1.0 - switch) + together


def breeding_for(function):
    low, high, whole, switch = np.full(K, -5.0), np.full(K, 5.0), np.zeros(K, bool), np.zeros(K, bool)
    if function is mixed:
        whole[4:7], switch[7] = True, True
        low[4:], high[4:] = [-20.0, -20.0, -20.0, 0.0], [20.0, 20.0, 20.0, 1.0]
    return Breeding(low, high, whole, switch, {}, 15.0, 20.0, 0.9, 1.0 / K, 2, 0.0)


def our_end(function, breeding, population, generations, seed):
    """The least value found, when the best of parents and children live on, as in pymoo's."""
    generator = np.random.default_rng(seed)
    genes = latin_hypercube(generator, population, breeding)
    found = function(genes)
    for _ in range(generations - 1):
        born = children(generator, genes, -found, population, breeding)
        genes, found = np.concatenate((genes, born)), np.concatenate((found, function(born)))
        best = np.argsort(found, kind="stable")[:population]
        genes, found = genes[best], found[best]
    return found[0]


class Rounded(Repair):
    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def _do(self, problem, genes, **others):
        return np.where(self.columns, np.around(genes), genes)


class Searched(Problem):
    def __init__(self, function, breeding):
        super().__init__(n_var=K, n_obj=1, xl=breeding.low, xu=breeding.high)
        self.function = function

    def _evaluate(self, genes, out, *others, **more):
        out["F"] = self.function(genes)


def their_end(function, breeding, population, generations, seed):
    search = GA(pop_size=population, repair=Rounded(breeding.whole | breeding.switch))
    return minimize(Searched(function, breeding), search, ("n_gen", generations), seed=seed).F[0]


@pytest.mark.parametrize("function", [sphere, rastrigin, mixed])
def test_a_search_with_the_same_budget_ends_as_low_as_that_of_pymoo(function):
    breeding, budget = breeding_for(function), (40, 60)
    theirs = np.median([their_end(function, breeding, *budget, seed) for seed in range(5)])
    ours = np.median([our_end(function, breeding, *budget, seed) for seed in range(5)])
    start = function(latin_hypercube(np.random.default_rng(0), 40, breeding)).min()
    assert ours < 3.0 * theirs
    assert ours < 0.05 * start
