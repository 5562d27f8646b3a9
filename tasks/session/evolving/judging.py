"""What a specialist's winner has to pass, measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from conf.schema import EvolutionConfig
from models.evidence import Gate, cscv, effective_trials, gates, superior
from models.evidence.trials import Effective
from models.evolution.champion import UNSTEADY
from models.evolution.evaluating import tried
from models.evolution.fitness import BROKEN, fitness_of
from models.evolution.searching import breeding_of, jittered
from models.evolution.streams import Walked, stitched, walked
from models.portfolio.returns import sharpe_ratio
from models.types import FloatArray, Regime
from tasks.session.evolving.land import Land
from tasks.session.evolving.plan import Fold
from tasks.session.evolving.searching import Searched
from tasks.session.evolving.telling import held_alike

REPLICATES = 1000
# Beside the seed: which random numbers draw the neighbours.
NEIGHBOURS = 29


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A winner with everything that was measured of it, before its gates.

    Attributes:
        inside: on the training window; outside: the folds' winners on their test bars; dear: so at twice the costs.
        samples: daily returns of trials that stand for all, shape (n_days, n_samples), on the days of `inside`.
        effective: independent ones among them.
    """

    specialist: Regime
    whole: Searched
    inside: Walked
    outside: tuple[Walked, ...]
    dear: tuple[Walked, ...]
    samples: FloatArray
    effective: Effective


@dataclass(frozen=True, slots=True)
class Told:
    """What is measured elsewhere, see the gates: share of the bars that lack, values that changed when later bars were
    taken away, largest loss in a scenario and what may be lost.
    """

    missing: float | None
    differences: int
    loss: float | None
    limit: float


def judged(land: Land, whole: Searched, folds: Sequence[Searched], plan: Sequence[Fold], samples: FloatArray) -> Judged:
    """Run the winners through the ordinary backtest; `samples` are the daily returns of sampled trials."""
    specialist = whole.problem.specialist
    terms = land.terms[specialist]
    genes = whole.champion.genes
    inside = walked(whole.problem.grounds, specialist, genes, terms)
    tests = [(one.champion.genes, land.between(*fold.test)) for one, fold in zip(folds, plan, strict=True)]
    return Judged(
        specialist=specialist,
        whole=whole,
        inside=inside,
        outside=tuple(walked(grounds, specialist, row, terms) for row, grounds in tests),
        dear=tuple(walked(grounds, specialist, row, terms, 2.0) for row, grounds in tests),
        samples=samples,
        effective=effective_trials(np.column_stack([samples, inside.stream.returns])),
    )


def gates_of(
    found: Judged, told: Told, placebos: FloatArray, chosen: EvolutionConfig, effective: float
) -> tuple[Gate, ...]:
    """Every gate, in order. `placebos` are the fitness of the short searches, first on the market as it is; `effective`
    the independent trials of every run on this data for this specialist.

    Overfitting (pbo) is measured on trials of the first generation alone: they are spread over all genomes and were
    fitted to nothing, while later ones are alike, so that their ranks are chance, and know both halves of the days.
    """
    limits = chosen.gates
    out = stitched([one.stream for one in found.outside]).returns
    dear = stitched([one.stream for one in found.dear]).returns
    inside = found.inside.stream.returns
    everything = np.column_stack([found.samples, inside])
    neighbours, own = _neighbours(found, chosen)
    winner = found.samples.shape[1]
    cash = superior(everything, np.zeros(inside.size), chosen.seed, REPLICATES, winner)
    hold = superior(everything, held_alike(found.inside, found.specialist), chosen.seed, REPLICATES, winner)
    return (
        gates.data_quality(told.missing, limits.data_quality),
        gates.prefix_invariance(told.differences, limits.prefix_invariance),
        gates.placebo(_kept(float(placebos[0]), UNSTEADY), placebos[1:], limits.placebo),
        gates.walk_forward(out, sharpe_ratio(inside, 1.0), limits.walk_forward),
        gates.dsr(inside, effective, found.effective.variance, limits.dsr),
        gates.pbo(cscv(found.samples[:, found.whole.state.sampled_born == 0]), limits.pbo),
        gates.spa(None if cash is None else cash.consistent, None if hold is None else hold.consistent, limits.spa),
        gates.plateau(own, neighbours, limits.plateau),
        gates.double_costs(float(np.prod(1.0 + dear) - 1.0), limits.double_costs),
        gates.stress(told.loss, told.limit),
    )


def _neighbours(found: Judged, chosen: EvolutionConfig) -> tuple[FloatArray, float | None]:
    """(fitness of the winner's neighbours, shape (n,); its own), at plain costs, by the robust formula whatever was
    searched by: the others credit a genome that loses money too. NaN and None where a constraint was broken.
    What changes the market, which no jitter moves, is moved by a step of what is tried.
    """
    problem, genes = found.whole.problem, found.whole.champion.genes
    problem = replace(problem, settings=replace(problem.settings, fitness="robust"))
    generator = np.random.default_rng([chosen.seed, int(found.specialist), NEIGHBOURS])
    around = jittered(problem, np.tile(genes, (chosen.neighbours, 1)), generator)
    for column, values in breeding_of(found.specialist).grids.items():
        place = int(np.abs(values - genes[column]).argmin())
        around[:, column] = generator.choice(values[max(0, place - 1) : place + 2], chosen.neighbours)
    fitness = fitness_of(problem, tried(problem, np.vstack([genes[None, :], around]), 1.0))
    around_it = np.where(fitness[1:] > BROKEN / 2.0, fitness[1:], np.nan)
    return around_it, _kept(float(fitness[0]), BROKEN / 2.0)


def _kept(fitness: float, least: float) -> float | None:
    """The fitness of a genome that kept the constraints: above `least`."""
    return fitness if fitness > least else None
