"""Looking at the held bars: every look is logged with its reason and charged as a trial, before anything is seen."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.evolution import EvolutionFiles
from data.journal import Journal, TrialLedger
from models.evolution.streams import walked
from models.evolution.translating import genome_row
from models.specialists.genome_text import genome_from_json
from models.specialists.genomes import Genome
from models.types import BadInput, Damaged, Regime, iso, parse_time
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.grounds import Terrain, terrain_of
from tasks.session.evolving.plan import bars_sha256
from tasks.session.evolving.report import Brief
from tasks.session.evolving.running import series_of
from tasks.session.evolving.telling import brief_of


@dataclass(frozen=True, slots=True)
class VaultReport:
    """One look.

    Attributes:
        run: the evolution whose winners were looked at.
        looks: how often these bars were looked at, this time included.
        window: opens of the first and last held bar, UTC microseconds.
        held: of each specialist, on the held bars; in_sample: the same genome on the training window; out_of_sample:
            what the evolution reported of its folds, empty where its report is gone.
    """

    run: str
    why: str
    looks: int
    window: tuple[int, int]
    held: Mapping[str, Brief]
    in_sample: Mapping[str, Brief]
    out_of_sample: Mapping[str, Brief]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "run": self.run,
            "why": self.why,
            "looks": self.looks,
            "window": [iso(one) for one in self.window],
            "held": {name: asdict(one) for name, one in self.held.items()},
            "in_sample": {name: asdict(one) for name, one in self.in_sample.items()},
            "out_of_sample": {name: asdict(one) for name, one in self.out_of_sample.items()},
        }


def open_vault(
    desk: Desk, journal: Journal, tracker: Tracker, why: str, report: Callable[[str, float], None]
) -> VaultReport:
    """Run the winners of the newest evolution over the held bars of the configured book.

    Raises:
        BadInput: no reason is given, there is no evolution, no bar is held, or the evolution was searched on bars that
            are held now.
    """
    if not why.strip():
        raise BadInput("a look at the held bars needs a reason; say with --why what will be decided by it")
    files = EvolutionFiles(desk.home / "state" / "evolution")
    run, genomes = _newest(files)
    report("views, models and predictions", 0.0)
    terrain = terrain_of(desk, tracker, lambda text: report(text, 0.0))
    last = max(int(one.panel.ts[-1]) for one in terrain.land.grounds)
    written = _report_of(files, run)
    require_unseen(written, run, terrain)
    ledger = TrialLedger(journal.engine)
    charges = Charges(ledger, desk.clock, run, series_of(terrain), bars_sha256(terrain.land))
    number = ledger.totals(charges.series).looks + 1
    charges.look([one.specialist for one in genomes], number, why.strip())
    held, inside = {}, {}
    for count, one in enumerate(genomes):
        name = one.specialist.name.lower()
        report(f"{name} on the held bars", count / len(genomes))
        held[name] = _on(terrain, one, terrain.land.held_from, last + 1)
        inside[name] = _on(terrain, one, terrain.land.begin, terrain.land.held_from)
    report("done", 1.0)
    return VaultReport(run, why.strip(), number, (terrain.land.held_from, last), held, inside, _reported(files, run))


def _newest(files: EvolutionFiles) -> tuple[str, list[Genome]]:
    """The run that was begun last and found winners, and these."""
    for run in files.runs():
        texts = [files.read_text(run, f"genomes/{one.name.lower()}.json") for one in Regime]
        found = [genome_from_json(text) for text in texts if text is not None]
        if found:
            return run, found
    raise BadInput("there is no evolution whose winners could be looked at; run keel evolve first")


def _report_of(files: EvolutionFiles, run: str) -> dict[str, Any]:
    """What the run reported.

    Raises:
        BadInput: it did not come to an end.
        Damaged: its report is not what was written.
    """
    text = files.read_text(run, "report.json")
    if text is None:
        raise BadInput(f"run {run} has not reported yet; let keel evolve --resume finish it")
    try:
        found: dict[str, Any] = json.loads(text)
        parse_time(found["held_from"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{files.folder(run) / 'report.json'} is no report ({error}); run keel evolve again") from error
    return found


def require_unseen(report: dict[str, Any], run: str, terrain: Terrain) -> None:
    """Refuse to call bars held that the run was searched on, because other settings or other data held others back, and
    a book that is not the run's.

    Raises:
        BadInput: one of these.
    """
    then, held_from = report["held_from"], terrain.land.held_from
    if parse_time(then) > held_from:
        raise BadInput(
            f"run {run} was searched on bars before {then}, and now those from {iso(held_from)} on would be held; set "
            f"evolution.held_from to {then} again, or run keel evolve anew"
        )
    found = [str(one) for one in terrain.book.models]
    if report["series"] != found:
        raise BadInput(
            f"run {run} was searched on {', '.join(report['series'])}, the book is {', '.join(found)}; name the same"
        )


def _reported(files: EvolutionFiles, run: str) -> dict[str, Brief]:
    """Out-of-sample figures of the run's dossiers."""
    texts = {one.name.lower(): files.read_text(run, f"dossiers/{one.name.lower()}.json") for one in Regime}
    return {
        name: Brief(**json.loads(text)["candidate"]["out_of_sample"])
        for name, text in texts.items()
        if text is not None
    }


def _on(terrain: Terrain, genome: Genome, begin: int, end: int) -> Brief:
    grounds = terrain.land.between(begin, end)
    if not grounds:
        raise BadInput(f"there are no bars from {iso(begin)} to {iso(end)}; bring more of them into the lake")
    return brief_of([walked(grounds, genome.specialist, genome_row(genome), terrain.land.terms[genome.specialist])])
