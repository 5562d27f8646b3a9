"""What a search is told before it begins."""

from dataclasses import dataclass
from typing import Literal

Fitness = Literal["robust", "composite", "scaled"]


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Attributes:
    population: genomes of a generation.
    fitness: robust, or one of the two formulas of the specification.
    pareto: whether return and drawdown are searched for together, as a front, beside the fitness.
    seed: of every random number of the search.
    groups, test_groups: blocks that the training bars are cut into, and how many of them are one test set.
    purge, embargo: bars left out between blocks: the label's horizon, and as many more.
    quantile: of the test sets, at which the robust fitness is read, 0..1.
    jitter: standard deviation of what is added to genes when they are tried, share of their range.
    cost_jitter: costs are multiplied by 1 to 1 + this, drawn for each generation.
    least_trades: round trips that a genome needs in the training bars.
    most_drawdown: fall between trades that it may have, fraction.
    least_bars: with fewer bars of its regime a specialist is pooled with the general population.
    sampled: genomes of the first generation that stand for all that might be tried.
    """

    population: int
    fitness: Fitness
    pareto: bool
    seed: int
    groups: int
    test_groups: int
    purge: int
    embargo: int
    quantile: float
    jitter: float
    cost_jitter: float
    least_trades: int
    most_drawdown: float
    least_bars: int
    sampled: int
