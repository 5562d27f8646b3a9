"""Which genomes to keep when several figures count: fronts of genomes that none beats in every figure.

Non-dominated sorting and crowding distance are pymoo's, after Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist
Multiobjective Genetic Algorithm: NSGA-II", IEEE Transactions on Evolutionary Computation 6, 2002. It is imported where
it is used: that takes four tenths of a second, and most searches have one figure.

Objectives are (n, m), the larger the better. A violation is 0 where every constraint is kept, and grows with what is
broken; True stands for 1. A row with an objective that is not finite, such as that of a genome that never traded,
breaks more than any.
"""

import numpy as np

from models.types import BadInput, BoolArray, FloatArray, IntArray


def survivors(
    objectives: FloatArray, violation: FloatArray | BoolArray, count: int, generator: np.random.Generator
) -> IntArray:
    """Rows of the `count` best, or of all where there are fewer: front by front, of the last the least crowded ones.

    Then come those that break constraints, the least violation (n,) first. Of equally crowded ones the draw decides;
    of equal violations the lower row comes first.

    Raises:
        BadInput: another number of violations than of rows, or one that is negative or NaN.
    """
    broken = _broken(objectives, violation)
    feasible = np.flatnonzero(broken == 0.0)
    kept = feasible[_least_crowded(objectives[feasible], count, generator)]
    others = np.argsort(broken, kind="stable")[len(feasible) :]
    return np.concatenate((kept, others[: max(count - len(kept), 0)]))


def front_of(objectives: FloatArray) -> IntArray:
    """Rows, ascending, that no other row equals or passes in every objective and passes in one; only finite ones."""
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    known = np.flatnonzero(_finite(objectives))
    first = NonDominatedSorting().do(-objectives[known], only_non_dominated_front=True)
    return known[np.asarray(first, np.int64)]


def rank_fitness(objectives: FloatArray, violation: FloatArray | BoolArray) -> FloatArray:
    """A figure (n,) to choose parents by, the larger the better: first the front, then how far others of it are.

    Of the front number r, counted from 0, it is -r to -r + 0.5; below every front are those that break constraints,
    the worse the lower.

    Raises:
        BadInput: another number of violations than of rows, or one that is negative or NaN.
    """
    broken = _broken(objectives, violation)
    feasible = np.flatnonzero(broken == 0.0)
    fronts = _fronts(objectives[feasible], len(feasible))
    fitness = -float(len(fronts)) - _saturating(broken)
    for rank, front in enumerate(fronts):
        rows = feasible[front]
        fitness[rows] = -rank + 0.5 * _saturating(_crowding(objectives[rows], 0))
    return fitness


def _least_crowded(objectives: FloatArray, count: int, generator: np.random.Generator) -> IntArray:
    """`count` rows of finite objectives, or all of them."""
    from pymoo.util.randomized_argsort import randomized_argsort

    kept = [np.empty(0, np.int64)]
    room = count
    for front in _fronts(objectives, count):
        if len(front) > room:
            crowding = _crowding(objectives[front], len(front) - room)
            front = front[randomized_argsort(crowding, order="descending", random_state=generator)[:room]]
        kept.append(front)
        room -= len(front)
    return np.concatenate(kept)


def _fronts(objectives: FloatArray, count: int) -> list[IntArray]:
    """Rows of the first fronts of finite objectives, so many fronts that they hold `count` rows."""
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    return [np.asarray(one, np.int64) for one in NonDominatedSorting().do(-objectives, n_stop_if_ranked=count)]


def _crowding(objectives: FloatArray, leaving: int) -> FloatArray:
    """How far the neighbours of each row of a front are, inf at its ends; `leaving` rows are about to go."""
    from pymoo.operators.survival.rank_and_crowding.metrics import get_crowding_function

    return np.asarray(get_crowding_function("cd").do(-objectives, n_remove=leaving), np.float64)


def _broken(objectives: FloatArray, violation: FloatArray | BoolArray) -> FloatArray:
    """The violations, infinite where an objective is not finite."""
    if violation.shape != objectives.shape[:1] or not (violation >= 0.0).all():
        raise BadInput(
            f"{len(objectives)} genomes have violations {violation.tolist()[:9]}; give one for each, 0 or more, not NaN"
        )
    return np.where(_finite(objectives), violation, np.inf)


def _finite(objectives: FloatArray) -> BoolArray:
    return np.asarray(np.isfinite(objectives).all(axis=1), np.bool_)


def _saturating(figures: FloatArray) -> FloatArray:
    """Figures of 0 or more, inf allowed, in the same order between 0 and 1."""
    return 1.0 - 1.0 / (1.0 + figures)
