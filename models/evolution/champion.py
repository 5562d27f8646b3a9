"""Which of the genomes that a search kept is its winner: tried again, all of them under the same jitter and costs."""

from dataclasses import dataclass

import numpy as np

from models.evolution.evaluating import tried
from models.evolution.fitness import BROKEN, fitness_of
from models.evolution.problem import Problem
from models.evolution.searching import jittered
from models.evolution.state import SearchState
from models.types import FloatArray

# Jittered copies of each genome, and the shares of the largest jitter of the costs that each is tried at.
COPIES = 8
COSTS = (0.0, 0.5, 1.0)
# Beside the seed, so that the numbers are none that the search used.
PURPOSE = 17
# Of a genome that keeps the constraints as it is, and breaks them once it is jittered.
UNSTEADY = BROKEN / 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Champion:
    """Attributes:
    genes: shape (8,). born: the generation that bred it.
    fitness: low quantile over all that it was tried at; below BROKEN / 2 where it broke a constraint.
    evaluations: that choosing took.
    """

    genes: FloatArray
    born: int
    fitness: float
    evaluations: int


def champion_of(problem: Problem, state: SearchState) -> Champion:
    """The best of the archive. Of equal ones the first.

    Raises:
        ValueError: no generation was run.
    """
    if not state.archive.shape[0]:
        raise ValueError("the search has not run yet; advance it by one generation at least")
    fitness, evaluations = steady_fitness(problem, state.archive)
    best = int(np.argmax(fitness))
    return Champion(state.archive[best], int(state.archive_born[best]), float(fitness[best]), evaluations)


def steady_fitness(problem: Problem, genes: FloatArray) -> tuple[FloatArray, int]:
    """(fitness of each row of `genes` (n, 8) that no single lucky trial decides, shape (n,); evaluations it took)."""
    if problem.settings.fitness != "robust":
        return fitness_of(problem, tried(problem, genes, 1.0)), genes.shape[0]
    generator = np.random.default_rng([problem.settings.seed, int(problem.specialist), problem.fold, PURPOSE])
    copies = [genes, *(jittered(problem, genes, generator) for _ in range(COPIES))]
    scores = []
    for share in COSTS:
        costs = 1.0 + share * problem.settings.cost_jitter
        found = fitness_of(problem, tried(problem, np.vstack(copies), costs))
        scores.append(found.reshape(len(copies), genes.shape[0]))
    everything = np.concatenate(scores)
    steady = np.quantile(everything, problem.settings.quantile, axis=0, method="lower")
    # Without jitter and at the costs as they are, it keeps the constraints or it is no winner.
    own = scores[0][0]
    return np.where(own > BROKEN / 2.0, np.maximum(steady, UNSTEADY), own), everything.size
