"""How `keel evolve` searches for genomes of the specialists, and what one has to show before it may trade."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.names import Time
from models.types import parse_time


class EvolutionGatesConfig(Group):
    """Thresholds of the gates, in their order; the last one, stress, is held against the profile's drawdown."""

    data_quality: float = Field(
        ge=0.0, le=1.0, description="most of the training bars that may be missing, blocked or quarantined, share"
    )
    prefix_invariance: float = Field(
        ge=0.0, le=1e9, description="most values that may change when later bars are taken away, count"
    )
    placebo: float = Field(
        gt=0.0, lt=1.0, description="highest rank of the fitness among those found on shuffled returns, p-value"
    )
    walk_forward: float = Field(
        ge=0.0, lt=1.0, description="lowest probability that the Sharpe ratio of bars not searched on is above zero"
    )
    dsr: float = Field(
        ge=0.0, lt=1.0, description="lowest deflated Sharpe ratio, the probability that is left after all trials"
    )
    pbo: float = Field(gt=0.0, le=1.0, description="highest probability of backtest overfitting")
    spa: float = Field(gt=0.0, lt=1.0, description="highest p-value of Hansen's test, against cash and against holding")
    plateau: float = Field(
        ge=0.0, le=1.0, description="lowest fitness of nine in ten neighbours of the genome, share of its own"
    )
    double_costs: float = Field(
        ge=-1.0, le=100.0, description="return at twice the costs that it has to be above, fraction"
    )


class EvolutionConfig(Group):
    """One search for each specialist, on the training bars as a whole and on those of each walk-forward fold."""

    generations: int = Field(ge=1, le=100_000, description="generations of one search")
    population: int = Field(ge=4, le=10_000, description="genomes of one generation")
    fitness: Literal["robust", "composite", "scaled"] = Field(
        description="robust: the low quantile over sets of test blocks; or one of the two formulas of the specification"
    )
    pareto: bool = Field(description="whether a front of return and drawdown is searched for beside the fitness")
    seed: int = Field(ge=0, lt=2**32, description="of every random number of the search")
    train_from: Time = Field(description="no bar before it is read, UTC")
    held_from: Time = Field(description="no search reads a bar from then on, UTC: these bars are the vault")
    held_share: float = Field(
        ge=0.05,
        le=0.5,
        description="share of the newest bars that is the vault where the lake ends within 90 days of held_from",
    )
    folds: int = Field(ge=1, le=20, description="walk-forward folds of the training bars")
    groups: int = Field(ge=2, le=20, description="blocks that training bars are cut into for the robust fitness")
    test_groups: int = Field(ge=1, le=10, description="blocks that make one test set; all sets of so many are tried")
    quantile: float = Field(ge=0.0, le=0.5, description="of the test sets, at which the robust fitness is read")
    jitter: float = Field(
        ge=0.0, le=0.5, description="standard deviation of what is added to genes as they are tried, share of range"
    )
    cost_jitter: float = Field(
        ge=0.0, le=10.0, description="costs of a generation are drawn between 1 and 1 plus this, times"
    )
    least_trades: int = Field(ge=1, le=100_000, description="round trips in the training bars that a genome needs")
    most_drawdown: float = Field(
        gt=0.0, le=1.0, description="largest fall of equity between trades that a genome may have, fraction"
    )
    least_bars: int = Field(
        ge=0, le=10_000_000, description="bars of its regime below which a specialist learns from all regimes too"
    )
    checkpoint_generations: int = Field(ge=1, le=100_000, description="generations between two checkpoints")
    placebo_draws: int = Field(
        ge=1, le=1000, description="searches on shuffled returns; the lowest rank that n of them allow is 1 / (1 + n)"
    )
    placebo_generations: int = Field(ge=1, le=100_000, description="generations of each search on shuffled returns")
    neighbours: int = Field(ge=10, le=10_000, description="genomes around a winner that have to hold up as well")
    sampled: int = Field(
        ge=16, le=10_000, description="genomes of the first generation that stand for all that might be tried"
    )
    promotion: Literal["person", "gates"] = Field(
        description="who makes a challenger champion: a person, by keel promote; or the gates, once all are passed"
    )
    workers: int | None = Field(
        ge=1, le=1024, description="threads, or processes of a local Dask cluster; null: as many as processors"
    )
    dask_address: str | None = Field(
        min_length=1, description="scheduler of a Dask cluster that runs already; null: a local one is started"
    )
    gates: EvolutionGatesConfig

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.test_groups >= self.groups:
            raise ValueError(f"test_groups|found {self.test_groups}, allowed is below groups ({self.groups})")
        if parse_time(self.held_from) <= parse_time(self.train_from):
            raise ValueError(f"held_from|found {self.held_from}, allowed is after train_from ({self.train_from})")
        return self
