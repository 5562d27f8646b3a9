"""Evolutions of markets in which something is planted, of walks, and of shuffled markets: what each specialist got."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from measured_edges import MeasuredEdge, edge_of
from planted_markets import EDGES, PlantedMarket, ground_of, planted, random_walk
from studies import land_of, study_of

from models.evolution.ground import Ground
from models.evolution.placebo import shuffled
from models.types import Regime
from tasks.adapters.runners import ThreadRunner
from tasks.session.evolving.report import Candidate
from tasks.session.evolving.studying import study

Kind = Literal["planted", "weak", "walk", "shuffled"]
# At these, times EDGES, a genome that is nothing special makes money; at EDGES it shows in a few years only.
STRONG, WEAK = 2.0, 1.0
# Beside the seed: which random numbers shuffle a market for good, before any placebo does.
SHUFFLED = 41


@dataclass(frozen=True, slots=True)
class Studied:
    """What a specialist's candidate came to.

    Attributes:
        edge: at its out-of-sample entries; None where the market was shuffled or nothing was entered.
    """

    kind: Kind
    seed: int
    candidate: Candidate
    edge: MeasuredEdge | None

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the gates that it did not pass."""
        return tuple(one.name for one in self.candidate.gates if not one.passed)


def market_of(kind: Kind, bars: int, seed: int) -> tuple[PlantedMarket, Ground]:
    """A market of this kind and what a search of it runs on; of `shuffled`, the market before it was shuffled."""
    times = {"planted": STRONG, "weak": WEAK, "shuffled": STRONG, "walk": 0.0}[kind]
    edges = {one: times * edge for one, edge in EDGES.items()}
    market = random_walk(bars, seed) if kind == "walk" else planted(bars, seed, edges)
    ground = ground_of(market)
    if kind == "shuffled":
        ground = shuffled(ground, np.random.default_rng([seed, SHUFFLED]))
    return market, ground


def studied(
    kind: Kind, bars: int, seed: int, specialists: Sequence[Regime], chosen: Mapping[str, Any], workers: int | None
) -> list[Studied]:
    """An evolution of these specialists on a market of this kind; `chosen` as in study_of."""
    market, ground = market_of(kind, bars, seed)
    with tempfile.TemporaryDirectory() as where:
        work = study_of(land_of([ground]), Path(where), {**chosen, "seed": seed}, ThreadRunner(workers))
        candidates = study(work, specialists)
    # The closes of a shuffled market are not those of the market that it was made of.
    measured = [kind != "shuffled" and one.out_of_sample.trades > 0 for one in candidates]
    return [
        Studied(kind, seed, one, edge_of(market, ground, one, work.plan) if known else None)
        for one, known in zip(candidates, measured, strict=True)
    ]
