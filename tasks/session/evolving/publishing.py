"""Keeping an evolution: report, genomes and dossiers in the folder of its run, a run with children where evolutions are
compared, and its candidates on the shelf as challengers.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from data.evolution import EvolutionFiles
from data.files import write_atomically
from data.genome_shelf import GenomeShelf, Shelved
from models.specialists.genome_text import genome_to_json
from models.types import Damaged, Unavailable
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.evolving.charts import has_front
from tasks.session.evolving.dossier import dossier_json
from tasks.session.evolving.page import page_of
from tasks.session.evolving.recording import Written, model_name, record_of
from tasks.session.evolving.report import EvolutionReport
from tasks.session.json_values import finite

REPORT = "report.json"
# Version of a candidate that the registry has not heard of.
UNREGISTERED = ""


def publish(desk: Desk, tracker: Tracker, report: EvolutionReport, warn: Callable[[str], None]) -> EvolutionReport:
    """The report with the paths of its dossiers, after everything was written, logged and put on the shelf.

    A tracker that does not answer takes nothing away: `warn` hears of it.

    Raises:
        Unavailable: a file cannot be written.
    """
    files = files_of(desk)
    pages = {one.name: files.folder(report.run) / "dossiers" / f"{one.name}.html" for one in report.candidates}
    found = replace(report, pages=pages)
    written = _write(files, found)
    try:
        versions: Mapping[str, str] = tracker.log_evolution(record_of(found, written)).versions
    except Unavailable as error:
        warn(f"{error}; the evolution is not lost: {files.folder(report.run)}")
        versions = {}
    _shelve(shelf_of(desk), found, versions, desk.clock.now())
    return found


def files_of(desk: Desk) -> EvolutionFiles:
    """Where evolutions are."""
    return EvolutionFiles(desk.home / "state" / "evolution")


def shelf_of(desk: Desk) -> GenomeShelf:
    """Where challengers and champions are."""
    return GenomeShelf(desk.home / "state" / "genomes")


def dossier_of(specialist: str) -> str:
    """File of a run with everything that was found of one candidate; unlike the report it stays as it is when the run
    is taken up again for other specialists alone.
    """
    return f"dossiers/{specialist}.json"


def as_text(fields: Mapping[str, object]) -> str:
    """As JSON; a figure that is not finite is null."""
    return json.dumps(finite(fields), indent=1, allow_nan=False) + "\n"


def _write(files: EvolutionFiles, report: EvolutionReport) -> Written:
    # Imported here: matplotlib takes a second, which every other command would pay.
    from tasks.session.evolving.picture import evolution_picture, front_picture

    genomes: dict[str, Path] = {}
    beside: dict[str, tuple[Path, ...]] = {}
    for one in report.candidates:
        name, run = one.name, report.run
        genomes[name] = files.save_text(run, f"genomes/{name}.json", genome_to_json(one.genome))
        page = files.save_text(run, f"dossiers/{name}.html", page_of(report, one))
        figures = files.save_text(run, dossier_of(name), as_text(dossier_json(report, one)))
        fronts = (page.with_suffix(".front.png"),) if has_front(one) else ()
        for front in fronts:
            write_atomically(front, front_picture(one))
        beside[name] = (page, figures, *fronts)
    picture = files.folder(report.run) / "evolution.png"
    write_atomically(picture, evolution_picture(report))
    # Last: a run with a report has everything that the report tells of.
    told = files.save_text(report.run, REPORT, as_text(report.as_json()))
    return Written((told, picture), genomes, beside)


def _shelve(shelf: GenomeShelf, report: EvolutionReport, versions: Mapping[str, str], at: int) -> None:
    """Every candidate whose figures the ordinary backtest gave too; a champion is not its own challenger.

    They are challengers since `at`, not since the end of their training: a shadow that led them over the held bars
    would be a look into the vault that nobody logs.
    """
    for one in report.candidates:
        text, model = genome_to_json(one.genome), model_name(report, one.name)
        champion = shelf.champion(one.name)
        if one.matched and (champion is None or champion.genome != text):
            version = versions.get(model, UNREGISTERED)
            since = _since(shelf, one.name, text, at)
            shelf.keep_challenger(one.name, Shelved(text, report.run, since, model, version, one.passed))


def _since(shelf: GenomeShelf, name: str, text: str, at: int) -> int:
    """When the genome became a challenger: found again, it stays one."""
    try:
        before = shelf.challenger(name)
    except Damaged:  # is replaced now
        return at
    return before.since if before is not None and before.genome == text else at
