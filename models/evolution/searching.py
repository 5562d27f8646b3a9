"""The search: from one generation to the next, as often as one likes, with nothing remembered but arrays."""

from functools import cache

import numpy as np

from models.evolution.evaluating import tried
from models.evolution.fitness import BROKEN, OBJECTIVES, fitness_of, objectives_of
from models.evolution.fronts import rank_fitness, survivors
from models.evolution.operators import Breeding, children, distinct, latin_hypercube, settled, spread
from models.evolution.problem import Problem
from models.evolution.state import CURVE, SearchState
from models.evolution.translating import bounds_of, grids_of, kinds_of
from models.types import FloatArray, IntArray, Regime

# Best of a generation that live on, share, and best of all that are kept for the end.
ELITES, KEPT = 0.05, 20
# Genomes of each doubling of the generations that stand for what was tried late.
SAMPLED_EACH = 8
# What the random numbers of a generation are for.
BEGIN, TRY, BREED, SAMPLE = range(4)


@cache
def breeding_of(specialist: Regime) -> Breeding:
    """How its genomes are bred. Distributions as wide as is usual for pymoo's mixed search (eta 15 and 20); every gene
    is changed once in eight children, and one child in twenty is new.
    """
    low, high = bounds_of(specialist)
    whole, switch = kinds_of(specialist)
    return Breeding(
        low=low,
        high=high,
        whole=whole,
        switch=switch,
        grids=grids_of(specialist),
        eta_cross=15.0,
        eta_mutate=20.0,
        rate_cross=0.9,
        rate_mutate=1.0 / low.size,
        tournament=3,
        immigrants=0.05,
    )


def begun(problem: Problem, known: FloatArray) -> SearchState:
    """The state before the first generation: `known` genomes, shape (k, 8), among random ones."""
    breeding, size = breeding_of(problem.specialist), problem.settings.population
    drawn = latin_hypercube(_generator(problem, 0, BEGIN), size - known.shape[0], breeding)
    genes = np.vstack([settled(known, breeding), drawn])
    nothing = np.empty((0, genes.shape[1]))
    return SearchState(
        generation=0,
        genes=genes,
        archive=nothing,
        archive_fitness=np.empty(0),
        archive_born=np.empty(0, np.int64),
        sampled=nothing,
        sampled_born=np.empty(0, np.int64),
        curve=np.empty((0, len(CURVE))),
        front=nothing,
        front_figures=np.empty((0, len(OBJECTIVES))),
        evaluations=0,
    )


def advanced(problem: Problem, state: SearchState, until: int) -> SearchState:
    """The state after `until` generations. However they are cut into calls, it is the same to the bit."""
    while state.generation < until:
        state = _next(problem, state)
    return state


def jittered(
    problem: Problem, genes: FloatArray, generator: np.random.Generator, width: float | None = None
) -> FloatArray:
    """The genes as they are tried: floats and whole numbers moved by a normal draw of `width` (of the settings' jitter)
    times their range, within their bounds; switches and what changes the market stay. Shape of `genes`.
    """
    breeding = breeding_of(problem.specialist)
    share = problem.settings.jitter if width is None else width
    moved = genes + generator.standard_normal(genes.shape) * share * (breeding.high - breeding.low)
    moved = np.clip(moved, breeding.low, breeding.high)
    moved[:, breeding.whole] = np.floor(moved[:, breeding.whole] + 0.5)
    fixed = breeding.switch.copy()
    fixed[list(breeding.grids)] = True
    return np.where(fixed, genes, moved)


def _next(problem: Problem, state: SearchState) -> SearchState:
    settings, breeding, number = problem.settings, breeding_of(problem.specialist), state.generation
    generator = _generator(problem, number, TRY)
    genes, costs = state.genes, 1.0
    if settings.fitness == "robust":
        costs = 1.0 + settings.cost_jitter * float(generator.random())
        genes = jittered(problem, genes, generator)
    found = tried(problem, genes, costs)
    fitness = fitness_of(problem, found)
    order = np.argsort(-fitness, kind="stable")[: max(1, int(ELITES * settings.population))]
    archive, archive_fitness, archive_born = _kept(state, state.genes[order], fitness[order])
    sampled, sampled_born = _sampled(problem, state)
    breeder = _generator(problem, number, BREED)
    front, front_figures = state.front, state.front_figures
    if settings.pareto:
        front, front_figures = _surviving(problem, state, objectives_of(problem, found), breeder)
        worth = rank_fitness(front_figures, broken_by(front_figures))
        following = children(breeder, front, worth, settings.population, breeding)
    else:
        bred = children(breeder, state.genes, fitness, settings.population - order.size, breeding)
        following = distinct(breeder, np.vstack([state.genes[order], bred]), breeding)
    usable = fitness[fitness > BROKEN / 2.0]
    best, median = (float(usable.max()), float(np.median(usable))) if usable.size else (BROKEN, BROKEN)
    row = (best, median, spread(state.genes, breeding.low, breeding.high), 1.0 - usable.size / fitness.size, costs)
    return SearchState(
        generation=number + 1,
        genes=following,
        archive=archive,
        archive_fitness=archive_fitness,
        archive_born=archive_born,
        sampled=sampled,
        sampled_born=sampled_born,
        curve=np.vstack([state.curve, row]),
        front=front,
        front_figures=front_figures,
        evaluations=state.evaluations + settings.population,
    )


def _kept(state: SearchState, best: FloatArray, fitness: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """The archive with the best of a generation: of equal genomes the first, the fittest KEPT of all."""
    genes = np.vstack([state.archive, best])
    scores = np.concatenate([state.archive_fitness, fitness])
    born = np.concatenate([state.archive_born, np.full(fitness.size, state.generation)])
    _, first = np.unique(genes, axis=0, return_index=True)
    first.sort()
    rows = first[np.argsort(-scores[first], kind="stable")[:KEPT]]
    return genes[rows], scores[rows], born[rows]


def _sampled(problem: Problem, state: SearchState) -> tuple[FloatArray, IntArray]:
    """The samples with those of this generation: an even share of the first, which knows nothing yet, and a genome of
    some of the later ones.
    """
    number = state.generation
    if number == 0:
        rows = np.linspace(0, state.genes.shape[0] - 1, min(problem.settings.sampled, state.genes.shape[0]))
        chosen = rows.astype(np.int64)
    elif leaves_sample(number):
        chosen = _generator(problem, number, SAMPLE).integers(state.genes.shape[0], size=1)
    else:
        return state.sampled, state.sampled_born
    born = np.full(chosen.size, number)
    return np.vstack([state.sampled, state.genes[chosen]]), np.concatenate([state.sampled_born, born])


def leaves_sample(number: int) -> bool:
    """Whether a generation after the first leaves a sample: SAMPLED_EACH of them in each doubling of their number."""
    return number == 1 or int(SAMPLED_EACH * np.log2(number)) > int(SAMPLED_EACH * np.log2(number - 1))


def _surviving(
    problem: Problem, state: SearchState, figures: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """NSGA-II: the best of those that survived before and of this generation, with their objectives as tried."""
    genes = np.vstack([state.front, state.genes])
    every = np.vstack([state.front_figures, figures])
    rows = survivors(every, broken_by(every), problem.settings.population, generator)
    return genes[rows], every[rows]


def broken_by(objectives: FloatArray) -> FloatArray:
    """How far genomes with these objectives, (n, 3), are from the constraints, 0.0 where they keep them; shape (n,)."""
    fitness = objectives[:, 0]
    return np.where(fitness <= BROKEN / 2.0, np.maximum(BROKEN - fitness, 1e-9), 0.0)


def _generator(problem: Problem, number: int, purpose: int) -> np.random.Generator:
    """Random numbers of one generation for one purpose: the same however the search came there."""
    return np.random.default_rng([problem.settings.seed, int(problem.specialist), problem.fold, number, purpose])
