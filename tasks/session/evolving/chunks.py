"""The pure work of an evolution in pieces that a runner hands to threads or to other machines."""

from typing import NamedTuple

import numpy as np

from models.evolution.champion import Champion, champion_of
from models.evolution.placebo import coarse, shuffled
from models.evolution.problem import Problem
from models.evolution.searching import advanced, begun
from models.evolution.state import SearchState
from models.evolution.streams import streams_of
from models.types import FloatArray

# Beside the seed: which random numbers shuffle.
SHUFFLE = 23


class Stretch(NamedTuple):
    """Some generations of one search."""

    problem: Problem
    state: SearchState
    until: int


class Crowning(NamedTuple):
    """The choice of a search's winner."""

    problem: Problem
    state: SearchState


class Placebo(NamedTuple):
    """A short search from `known` genomes, on the market as it is but without finer bars (`draw` 0), or on one of its
    shuffled copies.
    """

    problem: Problem
    known: FloatArray
    draw: int
    generations: int


class Sample(NamedTuple):
    """Genomes, shape (n, 8), whose daily returns are wanted."""

    problem: Problem
    genes: FloatArray


def advance(work: Stretch) -> SearchState:
    """The search after these generations."""
    return advanced(work.problem, work.state, work.until)


def crown(work: Crowning) -> Champion:
    """The search's winner."""
    return champion_of(work.problem, work.state)


def found_on(work: Placebo) -> float:
    """Fitness of the short search's winner."""
    problem = work.problem
    grounds = tuple(coarse(one) for one in problem.grounds)
    if work.draw > 0:
        generator = np.random.default_rng([problem.settings.seed, int(problem.specialist), work.draw, SHUFFLE])
        grounds = tuple(shuffled(one, generator) for one in grounds)
    same = Problem(problem.specialist, problem.fold, grounds, problem.terms, problem.settings)
    return champion_of(same, advanced(same, begun(same, work.known), work.generations)).fitness


def stream(work: Sample) -> FloatArray:
    """Daily returns of each genome, shape (n_days, n)."""
    return streams_of(work.problem.grounds, work.problem.specialist, work.genes, work.problem.terms)
