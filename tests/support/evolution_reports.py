"""Evolution reports by hand, for the tests of what is made of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from conf.genomes import default_genome
from models.evidence import Gate
from models.specialists.genes import GENES
from models.specialists.genomes import Genome, Lineage
from models.types import Regime
from models.types.timeframes import DAY
from tasks.session.evolving.report import Brief, Candidate, Curve, EvolutionReport, FoldFound

START = 1_483_228_800_000_000  # 2017-01-01
END = 1_703_980_800_000_000  # 2023-12-31
HELD = 1_704_067_200_000_000  # 2024-01-01
RUN = "0123456789ab"
INSIDE = Brief(1.5, 1.75, 0.125, 0.5625, 1.875, 512.5, 420)
OUTSIDE = Brief(0.25, 0.625, 0.1875, 0.53125, 1.25, 256.25, 210)
IDLE = Brief(0.0, None, 0.0, None, None, 0.0, 0)
# Name, value, threshold.
PASSING = (
    ("data_quality", 0.001, 0.02),
    ("prefix_invariance", 0.0, 0.0),
    ("placebo", 0.05, 0.05),
    ("walk_forward", 0.97, 0.95),
    ("dsr", 0.961, 0.95),
    ("pbo", 0.12, 0.2),
    ("spa", 0.03, 0.05),
    ("plateau", 0.71, 0.5),
    ("double_costs", 0.31, 0.0),
    ("stress", 0.08, 0.15),
)
NAMES = tuple(name for name, _, _ in PASSING)


def bred(specialist: Regime, generation: int = 640) -> Genome:
    """As a search leaves it: the default's genes with the first of them at its least."""
    default = default_genome(specialist)
    genes = (GENES[specialist][0].low, *default.genes[1:])
    return replace(default, genes=genes, lineage=Lineage(("a" * 64,), generation, f"keel evolve {RUN}", 1))


def gates(*failed: str) -> tuple[Gate, ...]:
    """All of them, those named not passed: the first could not be measured, the others are beside their threshold."""
    found = []
    for name, value, threshold in PASSING:
        bad = name in failed
        figure = None if bad and name == failed[0] else value
        sentence = f"{name} was found so & <so>" if not bad else f"{name} is not good enough"
        found.append(Gate(name, figure, threshold, not bad, sentence))
    return tuple(found)


def fold(specialist: Regime, number: int) -> FoldFound:
    """One of several, a year of test bars each."""
    begin = END - (3 - number) * 365 * DAY
    return FoldFound(
        number=number,
        train=(START, begin - 2 * DAY),
        test=(begin, begin + 364 * DAY),
        genome=bred(specialist, 100 * number),
        in_sample=replace(INSIDE, total_return=INSIDE.total_return + 0.01 * number),
        out_of_sample=replace(OUTSIDE, total_return=OUTSIDE.total_return - 0.01 * number),
        curve=search_curve(50),
    )


def search_curve(generations: int) -> np.ndarray:
    """Fitness that rises; every genome of the first generation broke a constraint."""
    rows = np.arange(generations, dtype=np.float64)
    best = 1.0 - 1.0 / (1.0 + rows)
    best[0] = -1001.0
    return np.column_stack([best, best - 0.5, 0.3 / (1.0 + rows), np.full(generations, 0.2), 1.0 + rows % 2 / 4.0])


def equity(count: int, seed: int) -> Curve:
    """A walk of days that ends somewhere else than it began."""
    days = START + np.arange(count, dtype=np.int64) * DAY
    return Curve(days, np.exp(np.cumsum(np.random.default_rng(seed).normal(0.001, 0.01, count))))


def candidate(specialist: Regime, *failed: str, matched: bool = True) -> Candidate:
    """One that passed every gate but those named."""
    seed = int(specialist)
    return Candidate(
        specialist=specialist,
        genome=bred(specialist),
        in_sample=INSIDE,
        out_of_sample=OUTSIDE,
        gates=gates(*failed),
        folds=(fold(specialist, 1), fold(specialist, 2)),
        curve=search_curve(120),
        bars=12_345,
        pooled=0.25,
        trials=300_000,
        effective=41.5,
        front=np.tile(np.array(bred(specialist).genes), (3, 1)),
        front_figures=np.array([[1.5, 0.1, -0.05], [1.2, 0.2, -0.08], [1.1, 0.3, -0.2]]),
        front_names=("fitness", "return", "drawdown"),
        inside=equity(600, 10 + seed),
        outside=equity(200, 20 + seed),
        matched=matched,
    )


def idle(specialist: Regime) -> Candidate:
    """One that never traded: hardly a figure of it could be measured, and there is no front."""
    found = candidate(specialist, *NAMES)
    unmeasured = tuple(replace(one, value=None) for one in found.gates)
    no_days = Curve(np.empty(0, np.int64), np.empty(0))
    return replace(
        found,
        in_sample=IDLE,
        out_of_sample=IDLE,
        gates=unmeasured,
        folds=(),
        curve=np.full((3, 5), np.nan),
        front=np.empty((0, 8)),
        front_figures=np.empty((0, 0)),
        front_names=(),
        inside=no_days,
        outside=no_days,
        effective=1.0,
    )


def evolution_report(*candidates: Candidate) -> EvolutionReport:
    """Of these; without any: the volatile specialist passed, the trending one did not."""
    found = candidates or (candidate(Regime.VOLATILE), candidate(Regime.TRENDING, "dsr", "pbo"))
    return EvolutionReport(
        run=RUN,
        command="keel evolve --venue binance --symbol BTC/USDT --symbol ETH/USDT --timeframe 1h --generations 1000",
        series=("binance BTC/USDT 1h", "binance ETH/USDT 1h"),
        window=(START, END),
        held_from=HELD,
        settings={"generations": 1000, "population": 100, "fitness": "robust", "pareto": True, "seed": 1},
        trials=sum(one.trials for one in found),
        effective=83.25,
        ledger_trials=1_234_567,
        ledger_effective=160.5,
        candidates=found,
        data_sha256={"BTC/USDT": "b" * 64, "ETH/USDT": "e" * 64},
        config_version="c" * 64,
        commit="d" * 40,
        seconds=123.5,
        pages={},
    )


def with_pages(report: EvolutionReport, folder: Path) -> EvolutionReport:
    """As it is once the dossiers are written."""
    return replace(report, pages={one.name: folder / f"{one.name}.html" for one in report.candidates})
