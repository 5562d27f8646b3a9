"""The search between two generations: resumable to the bit, blind to what it may not see, and better than chance."""

import math
from dataclasses import replace

import numpy as np
import pytest
from planted_markets import EDGES, ground_of, planted, random_walk
from studies import TERMS

from conf.genomes import default_genome
from models.engine.panel import EDGE
from models.evolution.champion import champion_of, steady_fitness
from models.evolution.evaluating import tried
from models.evolution.fitness import BROKEN, fitness_of
from models.evolution.ground import Ground
from models.evolution.problem import Problem
from models.evolution.searching import advanced, begun, breeding_of, jittered
from models.evolution.settings import SearchSettings
from models.evolution.state import SearchState
from models.evolution.translating import bounds_of
from models.types import Regime

SETTINGS = SearchSettings(
    population=20,
    fitness="robust",
    pareto=False,
    seed=3,
    groups=6,
    test_groups=2,
    purge=24,
    embargo=24,
    quantile=0.25,
    jitter=0.05,
    cost_jitter=0.5,
    least_trades=10,
    most_drawdown=0.5,
    least_bars=100,
    sampled=10,
)
NOTHING = np.empty((0, 8))


@pytest.fixture(scope="module")
def ground() -> Ground:
    return ground_of(planted(6_000, 5, {one: 2.0 * edge for one, edge in EDGES.items()}))


def problem(ground: Ground, specialist: Regime, **changed: object) -> Problem:
    return Problem(specialist, 0, (ground,), TERMS, replace(SETTINGS, **changed))


def same(one: SearchState, other: SearchState) -> bool:
    return all(one.arrays()[name].tobytes() == other.arrays()[name].tobytes() for name in one.arrays())


@pytest.mark.parametrize("specialist", list(Regime))
@pytest.mark.parametrize("pareto", [False, True])
def test_however_it_is_cut_it_is_the_same_search(ground: Ground, specialist: Regime, pareto: bool) -> None:
    whole = problem(ground, specialist, pareto=pareto)
    known = np.array([default_genome(specialist).genes])
    straight = advanced(whole, begun(whole, known), 6)
    state = begun(whole, known)
    for until in (1, 2, 5, 6):
        again = problem(ground, specialist, pareto=pareto)  # a process that knows nothing but the arrays
        state = advanced(again, SearchState.of(state.arrays()), until)
    assert same(straight, state)
    assert straight.evaluations == 6 * SETTINGS.population
    assert straight.generation == len(straight.curve) == 6
    chosen, twice = (champion_of(whole, one) for one in (straight, state))
    assert chosen.genes.tobytes() == twice.genes.tobytes()
    assert chosen.fitness == twice.fitness


def test_another_seed_fold_or_specialist_is_another_search(ground: Ground) -> None:
    first = advanced(problem(ground, Regime.TRENDING), begun(problem(ground, Regime.TRENDING), NOTHING), 2)
    other_seed = problem(ground, Regime.TRENDING, seed=4)
    other_fold = replace(problem(ground, Regime.TRENDING), fold=1)
    for other in (other_seed, other_fold):
        assert not same(first, advanced(other, begun(other, NOTHING), 2))


def test_it_finds_more_than_its_first_generation_had(ground: Ground) -> None:
    whole = problem(ground, Regime.TRENDING, population=40)
    state = advanced(whole, begun(whole, NOTHING), 15)
    first = champion_of(whole, advanced(whole, begun(whole, NOTHING), 1))
    last = champion_of(whole, state)
    assert last.fitness > first.fitness
    assert state.curve[-5:, 1].mean() > state.curve[0, 1], "the median genome is better too"
    assert state.curve[-1, 2] < state.curve[0, 2], "and genomes are more alike"


def test_edges_of_other_regimes_do_not_exist_for_a_specialist(ground: Ground) -> None:
    genes = begun(problem(ground, Regime.RANGING), NOTHING).genes
    before = tried(problem(ground, Regime.RANGING), genes, 1.0)
    figures = ground.panel.figures.copy()
    figures[ground.panel.regime[:, 0] != Regime.RANGING, 0, EDGE] = 500.0
    poisoned = replace(ground, panel=ground.panel._replace(figures=figures))
    after = tried(problem(poisoned, Regime.RANGING), genes, 1.0)
    assert before.figures.tobytes() == after.figures.tobytes()
    assert before.figure("trades").max() > 0


def test_a_crisis_begins_where_the_genome_says(ground: Ground) -> None:
    labels = ground.labels.copy()
    labels[-1] = np.where(labels[-1] == Regime.CRISIS, int(Regime.RANGING), labels[-1])  # at 40 points there is none
    never = problem(replace(ground, labels=labels), Regime.CRISIS)
    genes = np.tile(np.array(default_genome(Regime.CRISIS).genes), (2, 1))
    genes[:, 0] = 30.0, 40.0
    assert (tried(never, genes, 1.0).figure("trades") > 0).tolist() == [True, False]


def test_a_range_is_as_long_as_the_genome_says(ground: Ground) -> None:
    ranges = ground.ranges.copy()
    ranges[-1] = np.nan  # of 50 bars nothing is known
    blind = problem(replace(ground, ranges=ranges), Regime.RANGING)
    genes = np.tile(np.array(default_genome(Regime.RANGING).genes), (2, 1))
    genes[:, 5] = 20.0, 50.0
    assert (tried(blind, genes, 1.0).figure("trades") > 0).tolist() == [True, False]


def test_dearer_is_worse(ground: Ground) -> None:
    whole = problem(ground, Regime.VOLATILE)
    genes = begun(whole, NOTHING).genes
    cheap, dear = (tried(whole, genes, costs) for costs in (1.0, 3.0))
    assert cheap.figure("trades").sum() > 200
    assert dear.figure("equity").mean() < cheap.figure("equity").mean() - 0.002
    assert (dear.figure("entries") <= cheap.figure("entries")).all(), "an entry has to pay its costs"


def test_few_bars_are_pooled_with_the_general_population(ground: Ground) -> None:
    alone = problem(ground, Regime.CRISIS, least_trades=1)
    bars = alone.bars
    half = problem(ground, Regime.CRISIS, least_trades=1, least_bars=2 * bars)
    assert alone.pooled == 0.0
    assert half.pooled == pytest.approx(0.5)
    genes = begun(alone, NOTHING).genes
    own = tried(alone, genes, 1.0)
    mixed = tried(half, genes, 1.0)
    assert mixed.general is not None
    assert mixed.general[:, :, 0].sum() > own.groups[:, :, 0].sum(), "more bars, more trades"
    general = fitness_of(replace(alone, _courses={}), replace(own, groups=mixed.general))
    expected = 0.5 * fitness_of(alone, own) + 0.5 * general
    found = fitness_of(half, mixed)
    kept = found > BROKEN / 2.0
    assert found[kept] == pytest.approx(expected[kept])


def test_what_breaks_a_constraint_is_below_everything_else(ground: Ground) -> None:
    strict = problem(ground, Regime.TRENDING, least_trades=10_000)
    fitness = fitness_of(strict, tried(strict, begun(strict, NOTHING).genes, 1.0))
    assert (fitness < BROKEN).all()
    assert champion_of(strict, advanced(strict, begun(strict, NOTHING), 1)).fitness < BROKEN / 2.0


@pytest.mark.parametrize("specialist", list(Regime))
def test_jitter_stays_within_what_a_genome_may_be(ground: Ground, specialist: Regime) -> None:
    whole, breeding = problem(ground, specialist), breeding_of(specialist)
    genes = begun(whole, NOTHING).genes
    moved = jittered(whole, genes, np.random.default_rng(0), 0.3)
    low, high = bounds_of(specialist)
    assert ((moved >= low) & (moved <= high)).all()
    assert (moved[:, breeding.whole] == np.floor(moved[:, breeding.whole])).all()
    fixed = [*np.flatnonzero(breeding.switch), *breeding.grids]
    assert (moved[:, fixed] == genes[:, fixed]).all()
    free = [k for k in range(8) if k not in fixed]
    assert (moved[:, free] != genes[:, free]).mean() > 0.5


def test_a_narrow_peak_is_worth_less_than_a_plateau(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> None:
    whole = problem(ground, Regime.VOLATILE)
    low, high = bounds_of(Regime.VOLATILE)

    def peaked(_problem: Problem, genes: np.ndarray, _costs: float) -> np.ndarray:
        share = (genes[:, 2] - low[2]) / (high[2] - low[2])
        return np.where(np.abs(share - 0.2) < 0.01, 10.0, 0.0) + np.where(share > 0.5, 5.0, 0.0)

    monkeypatch.setattr("models.evolution.champion.tried", peaked)
    monkeypatch.setattr("models.evolution.champion.fitness_of", lambda _problem, found: found)
    middle = (low + high) / 2.0
    genes = np.vstack([middle, middle])
    genes[:, 2] = low[2] + np.array([0.2, 0.8]) * (high[2] - low[2])
    fitness, _ = steady_fitness(whole, genes)
    assert fitness.tolist() == [0.0, 5.0]


@pytest.mark.parametrize("name", ["composite", "scaled"])
def test_the_formulas_of_the_specification(ground: Ground, name: str) -> None:
    whole = problem(ground, Regime.TRENDING, fitness=name, least_trades=1)
    found = tried(whole, begun(whole, NOTHING).genes, 1.0)
    years = 5_999 / 24 / 365.25
    weights = {"composite": (0.4, 0.3, 0.2, 0.1, 0.0), "scaled": (100.0, 50.0, 50.0, 100.0, 25.0)}[name]
    fitness = fitness_of(whole, found)
    for row in np.flatnonzero(fitness > BROKEN / 2.0):
        trades, wins, gain, loss, total, squares, equity, drawdown = found.figures[row, :8].tolist()
        spread = math.sqrt(squares - total * total / trades)
        sharpe = max(-3.0, min(3.0, total / spread / math.sqrt(years))) / 3.0
        growth = math.expm1(max(-1.0, min(math.log(2.0), math.log(equity) / years)))
        factor = min(3.0, gain / loss if loss else 3.0) / 3.0
        parts = (sharpe, growth, wins / trades, 1.0 - drawdown, factor)
        assert fitness[row] == pytest.approx(sum(w * one for w, one in zip(weights, parts, strict=True)))
    assert (fitness > BROKEN / 2.0).any()


def test_noise_is_worth_nothing() -> None:
    whole = problem(ground_of(random_walk(6_000, 7)), Regime.TRENDING)
    fitness = fitness_of(whole, tried(whole, begun(whole, NOTHING).genes, 1.0))
    assert np.median(fitness) < 0.0
