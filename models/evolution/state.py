"""Where a search stands between two generations: plain arrays, so that it can be kept without pickle."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray, IntArray

# Columns of the curve, one row a generation: fitness of the best and of the median genome, mean standard deviation of
# the genes as a share of their range, share of genomes that broke a constraint, multiple of the costs they ran at.
CURVE = ("best", "median", "spread", "infeasible", "costs")


@dataclass(frozen=True, slots=True, eq=False)
class SearchState:
    """After `generation` generations.

    Attributes:
        genes: shape (population, 8): the genomes to be evaluated next.
        archive: shape (k, 8): the best that were seen; archive_fitness, archive_born: shape (k,), when they were bred.
        sampled: shape (m, 8): trials that stand for all of them; sampled_born: shape (m,): generations they are of.
        curve: shape (generation, 5), columns CURVE.
        front: shape (f, 8): in a search for a front the genomes that survive, none of which beats all others; empty in
            another one. front_figures: shape (f, 3), columns OBJECTIVES, as they were tried.
        evaluations: genomes evaluated so far.
    """

    generation: int
    genes: FloatArray
    archive: FloatArray
    archive_fitness: FloatArray
    archive_born: IntArray
    sampled: FloatArray
    sampled_born: IntArray
    curve: FloatArray
    front: FloatArray
    front_figures: FloatArray
    evaluations: int

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, to be stored."""
        return {name: np.asarray(getattr(self, name)) for name in SearchState.__slots__}

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "SearchState":
        """What was stored."""
        return cls(
            generation=int(arrays["generation"]),
            genes=arrays["genes"],
            archive=arrays["archive"],
            archive_fitness=arrays["archive_fitness"],
            archive_born=arrays["archive_born"],
            sampled=arrays["sampled"],
            sampled_born=arrays["sampled_born"],
            curve=arrays["curve"],
            front=arrays["front"],
            front_figures=arrays["front_figures"],
            evaluations=int(arrays["evaluations"]),
        )
