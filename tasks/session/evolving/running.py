"""Running an evolution of the configured book."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conf.genomes import default_genome
from conf.schema import EvolutionConfig
from data.evolution import EvolutionFiles
from data.journal import Journal, TrialLedger
from models.types import Regime
from tasks.ports import Runner, Tracker
from tasks.session.desk import Desk
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.commit import current_commit
from tasks.session.evolving.data_gate import missing_share
from tasks.session.evolving.grounds import Terrain, terrain_of
from tasks.session.evolving.judging import Told
from tasks.session.evolving.plan import bars_sha256, folds_of, run_id, settings_of
from tasks.session.evolving.prefix_gate import differences
from tasks.session.evolving.report import Candidate, EvolutionReport
from tasks.session.evolving.stress_gate import worst_loss
from tasks.session.evolving.studying import Study, study

# How often the features are computed anew on a part of the bars.
CUTS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """Which specialists to evolve, for how many generations (None: as configured), and whether to go on from the
    checkpoints of the same evolution.
    """

    specialists: tuple[Regime, ...]
    generations: int | None
    resume: bool


def evolve(
    desk: Desk,
    journal: Journal,
    tracker: Tracker,
    runner: Runner,
    request: Request,
    report: Callable[[str, float], None],
) -> EvolutionReport:
    """Search for the specialists' genomes on the configured book's bars before the held slice, and judge the winners.

    `report` hears what was done last, and which share of the work is behind, 0..1. The same request on the same data
    gives the same report, whatever the runner, and however often it was interrupted.

    Raises:
        BadInput: the book cannot be searched on, see `terrain_of` and `folds_of`.
        Unavailable: another process is at the same evolution.
    """
    began = time.monotonic()
    report("views, models and predictions", 0.0)
    terrain = terrain_of(desk, tracker, lambda text: report(text, 0.0))
    work = _work(desk, journal, terrain, runner, request, report)
    run = work.charges.run
    with work.files.claimed(run):
        if not request.resume:
            work.files.drop(run)
        work.files.begin(run, desk.clock.now())
        candidates = study(work, request.specialists)
    report("done", 1.0)
    return _report(desk, terrain, work, request, candidates, time.monotonic() - began)


def _work(
    desk: Desk,
    journal: Journal,
    terrain: Terrain,
    runner: Runner,
    request: Request,
    report: Callable[[str, float], None],
) -> Study:
    chosen, model = desk.loaded.settings.evolution, desk.loaded.settings.model
    settings = settings_of(chosen, model.horizon, model.embargo)
    generations = chosen.generations if request.generations is None else request.generations
    plan = folds_of(terrain.land, settings, chosen.folds)
    known = {one.name: default_genome(one).sha256 for one in Regime}
    run = run_id(terrain.land, settings, (generations, plan, sorted(known.items())))
    files = EvolutionFiles(desk.home / "state" / "evolution")
    ledger = TrialLedger(journal.engine)
    return Study(
        land=terrain.land,
        plan=plan,
        settings=settings,
        chosen=chosen,
        generations=generations,
        files=files,
        charges=Charges(ledger, desk.clock, run, series_of(terrain), bars_sha256(terrain.land)),
        runner=runner,
        outside=_outside(desk, terrain),
        report=report,
    )


def _outside(desk: Desk, terrain: Terrain) -> Callable[[Regime, Path], Told]:
    """What the gates ask of the data, once for all, and of the stress scenarios, for each winner."""
    land = terrain.land
    generator = np.random.default_rng(desk.loaded.settings.evolution.seed)
    limit = terrain.book.parameters.systems[0].profile.max_drawdown
    of_data: list[tuple[float | None, int]] = []

    def measured(specialist: Regime, genome: Path) -> Told:
        if not of_data:
            missing = missing_share(desk, terrain.book.models, land.begin, land.held_from - 1)
            of_data.append((missing, differences(desk, terrain.book, land.begin, land.held_from - 1, generator, CUTS)))
        return Told(*of_data[0], worst_loss(desk.at(land.held_from), specialist, genome), limit)

    return measured


def series_of(terrain: Terrain) -> str:
    """What is searched on, for people: `binance BTC/USDT+ETH/USDT 1h`."""
    first = terrain.book.series[0]
    return f"{first.venue} {'+'.join(one.symbol for one in terrain.book.models)} {first.timeframe}"


def _report(
    desk: Desk,
    terrain: Terrain,
    work: Study,
    request: Request,
    candidates: tuple[Candidate, ...],
    seconds: float,
) -> EvolutionReport:
    totals = work.charges.ledger.totals(work.charges.series)
    settings = {
        name: value for name, value in work.chosen.model_dump().items() if isinstance(value, str | int | float | bool)
    }
    opens = terrain.land.opens
    return EvolutionReport(
        run=work.charges.run,
        command=_command(terrain, request, work.generations, work.chosen),
        series=tuple(str(one) for one in terrain.book.models),
        window=(int(opens[0]), int(opens[-1])),
        held_from=terrain.land.held_from,
        settings=settings | {"generations": work.generations},
        trials=sum(one.trials for one in candidates),
        effective=sum(one.effective for one in candidates),
        ledger_trials=totals.evaluations,
        ledger_effective=totals.effective,
        candidates=candidates,
        data_sha256={one.symbol: desk.bars.dataset(one).manifest().sha256 for one in terrain.book.models},
        config_version=desk.loaded.version,
        commit=current_commit(),
        seconds=seconds,
        pages={},
    )


def _command(terrain: Terrain, request: Request, generations: int, chosen: EvolutionConfig) -> str:
    series = terrain.book.series[0]
    words = ["keel", "evolve", "--venue", series.venue]
    for one in terrain.book.models:
        words += ["--symbol", one.symbol]
    words += ["--timeframe", series.timeframe]
    for specialist in request.specialists:
        words += ["--specialist", specialist.name.lower()]
    words += ["--fitness", chosen.fitness, "--pareto" if chosen.pareto else "--no-pareto"]
    return " ".join([*words, "--generations", str(generations)])
