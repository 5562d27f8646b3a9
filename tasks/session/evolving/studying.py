"""Studying a land: every search, the placebos, and every winner before its gates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conf.genomes import default_genome
from conf.schema import EvolutionConfig
from data.evolution import EvolutionFiles
from models.evolution.champion import COPIES, COSTS
from models.evolution.problem import WHOLE, Problem
from models.evolution.searching import KEPT
from models.evolution.settings import SearchSettings
from models.specialists.genome_text import genome_to_json
from models.types import FloatArray, Regime
from tasks.ports import Runner
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.chunks import Placebo, Sample, found_on, stream
from tasks.session.evolving.judging import Told, gates_of, judged
from tasks.session.evolving.land import Land
from tasks.session.evolving.plan import Fold, problems_of
from tasks.session.evolving.report import Candidate
from tasks.session.evolving.searching import Progress, Searched, searched
from tasks.session.evolving.telling import candidate_of, genome_of

# Shares of the whole work, as far as progress is shown.
SEARCHED, TESTED = 0.75, 0.95
SAMPLES_AT_ONCE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What an evolution works with.

    Attributes:
        land, plan, settings: what is searched on, its folds, and how.
        generations: of each search.
        outside: what is measured elsewhere of a specialist and the file of its winner.
    """

    land: Land
    plan: tuple[Fold, ...]
    settings: SearchSettings
    chosen: EvolutionConfig
    generations: int
    files: EvolutionFiles
    charges: Charges
    runner: Runner
    outside: Callable[[Regime, Path], Told]
    report: Callable[[str, float], None]


def study(work: Study, specialists: Sequence[Regime]) -> tuple[Candidate, ...]:
    """Search for each specialist, judge the winner, and tell what was found."""
    found = list(
        searched(
            problems_of(work.land, work.settings, work.plan, specialists),
            _known,
            work.generations,
            work.chosen.checkpoint_generations,
            work.files,
            work.charges,
            work.runner,
            lambda text, share: work.report(text, SEARCHED * share),
        )
    )
    placebos = _placebos(work, [one.problem for one in found if one.problem.fold == WHOLE])
    candidates = []
    for number, specialist in enumerate(specialists):
        work.report(f"{specialist.name.lower()}: gates", TESTED + (1.0 - TESTED) * number / len(specialists))
        own = [one for one in found if one.problem.specialist is specialist]
        candidates.append(_candidate(work, own, placebos[specialist]))
    return tuple(candidates)


def _known(problem: Problem) -> FloatArray:
    """The genome that comes with Keel takes part from the start."""
    return np.array([default_genome(problem.specialist).genes])


def _placebos(work: Study, problems: Sequence[Problem]) -> dict[Regime, FloatArray]:
    """Fitness of the short searches of each specialist: on the market as it is, then on its shuffled copies."""
    chosen = work.chosen
    generations, draws = min(work.generations, chosen.placebo_generations), chosen.placebo_draws
    each = generations * chosen.population + KEPT * (COPIES + 1) * len(COSTS)
    works = [Placebo(one, _known(one), draw, generations) for draw in range(draws + 1) for one in problems]
    for one in problems:
        work.charges.placebos(one.specialist, each * (draws + 1))
    progress = Progress(work.report, len(works), SEARCHED, TESTED)
    found = {one.specialist: np.empty(draws + 1) for one in problems}
    for number, fitness in work.runner.run(found_on, works):
        done = works[number]
        found[done.problem.specialist][done.draw] = fitness
        progress(f"{done.problem.name}: shuffled returns {done.draw} of {draws}")
    return found


def _candidate(work: Study, found: Sequence[Searched], placebos: FloatArray) -> Candidate:
    """`found` has the whole window first, then the folds."""
    whole, folds, chosen = found[0], found[1:], work.chosen
    specialist, run = whole.problem.specialist, work.charges.run
    genes = whole.state.sampled
    parts = [Sample(whole.problem, genes[k : k + SAMPLES_AT_ONCE]) for k in range(0, len(genes), SAMPLES_AT_ONCE)]
    work.charges.judged(specialist, len(genes) + chosen.neighbours + 1 + 3 * len(folds) + 2)
    columns = dict(work.runner.run(stream, parts))
    samples = np.column_stack([columns[k] for k in range(len(parts))])
    winner = judged(work.land, whole, folds, work.plan, samples)
    path = work.files.save_text(run, f"genomes/{specialist.name.lower()}.json", genome_to_json(genome_of(run, whole)))
    work.charges.ledger.note_effective(run, specialist.name.lower(), winner.effective.estimated)
    totals = work.charges.ledger.totals(work.charges.series, specialist.name.lower())
    told = work.outside(specialist, path)
    gates = gates_of(winner, told, placebos, chosen, totals.effective)
    return candidate_of(
        run,
        whole,
        folds,
        work.plan,
        winner.inside,
        winner.outside,
        gates,
        _trials(work, specialist),
        winner.effective.estimated,
    )


def _trials(work: Study, specialist: Regime) -> int:
    """Evaluations that this run has charged for a specialist."""
    rows = work.charges.ledger.rows()
    return sum(
        one.evaluations
        for one in rows
        if one.run == work.charges.run and one.specialist == specialist.name.lower() and one.kind != "vault"
    )
