"""From challenger to champion: through all of the gates, or not at all."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.genome_shelf import Shelved
from models.specialists.genome_text import genome_from_json
from models.types import BadInput, Damaged, Unavailable
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.evolving.publishing import UNREGISTERED, dossier_of, files_of, shelf_of
from tasks.session.evolving.report import EvolutionReport
from tasks.session.evolving.showing import SIDES

BY_GATES = "gates"


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of it.

    Attributes:
        refused: why nothing was done; without one the challenger is champion now.
        model, version: in the registry.
    """

    specialist: str
    run: str
    genome_sha256: str
    model: str
    version: str
    refused: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether it is champion."""
        return not self.refused

    @property
    def setting(self) -> str:
        """What a person sets, so that the specialist trades by its champion."""
        return f"specialists.{self.specialist}: champion"

    @property
    def sentence(self) -> str:
        """For a person."""
        if self.refused:
            return f"{self.specialist} was not promoted, run {self.run}: {'; '.join(self.refused)}"
        return f"{self.specialist}: the genome of run {self.run} is champion; to trade by it, set {self.setting}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"promoted": self.done, "setting": self.setting, "text": self.sentence}


@dataclass(frozen=True, slots=True)
class Judged:
    """What its dossier says of a candidate; failures: of each gate that was judged, None where it is passed."""

    genome_sha256: str
    matched: bool
    failures: Mapping[str, str | None]


def promote(desk: Desk, tracker: Tracker, specialist: str, run: str | None) -> Promotion:
    """Make the challenger of a specialist champion, in the registry and then on the shelf, or say what speaks against
    it. `run` is the evolution that it has to be of, None: whichever it is of. Done again after it was interrupted, it
    is completed.

    Raises:
        BadInput: there is no such specialist, it has no challenger, or that is of another run.
        Damaged: the challenger or its dossier is not what was written.
        Unavailable: the registry does not answer; then nothing has changed.
    """
    shelf = shelf_of(desk)
    found = shelf.challenger(specialist)
    if found is None:
        raise BadInput(f"{specialist} has no challenger; keel evolve --specialist {specialist} searches for one")
    if run not in (None, found.run):
        raise BadInput(
            f"found the run {run}; the challenger of {specialist} is of run {found.run}, allowed is that one"
        )
    against = _against(found, _judged(desk, specialist, found.run))
    if not against:
        tracker.promote(found.model, found.version)
        shelf.promote(specialist)
    sha = genome_from_json(found.genome).sha256
    return Promotion(specialist, found.run, sha, found.model, found.version, tuple(against))


def promote_by_policy(
    desk: Desk, tracker: Tracker, report: EvolutionReport, warn: Callable[[str], None]
) -> tuple[Promotion, ...]:
    """Of what passed, everything, where evolution.promotion leaves it to the gates; else a person has to."""
    if desk.loaded.settings.evolution.promotion != BY_GATES:
        return ()
    made = []
    for one in report.candidates:
        challenger = shelf_of(desk).challenger(one.name)
        if one.passed and challenger is not None:  # none: it is the champion already
            try:
                made.append(promote(desk, tracker, one.name, report.run))
            except Unavailable as error:
                warn(f"{error}; {one.name} was not promoted")
    return tuple(made)


def _judged(desk: Desk, specialist: str, run: str) -> Judged | None:
    """What the dossier says of the run's candidate; None where there is none."""
    name = dossier_of(specialist)
    text = files_of(desk).read_text(run, name)
    try:
        return None if text is None else _read(json.loads(text)["candidate"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{name} of run {run} is no dossier ({error!r}); run keel evolve again") from error


def _read(candidate: Mapping[str, Any]) -> Judged:
    failures = {
        name: None if gate["passed"] is True else str(gate["sentence"]) for name, gate in candidate["gates"].items()
    }
    return Judged(str(candidate["genome_sha256"]), candidate["matched"] is True, failures)


def _against(found: Shelved, judged: Judged | None) -> list[str]:
    """Reasons not to promote; a gate that nobody judged is not passed. The dossier is a file that anybody can edit:
    what it says only counts beside the sealed card on the shelf.
    """
    if judged is None:
        return ["its dossier is gone; run keel evolve again"]
    if judged.genome_sha256 != genome_from_json(found.genome).sha256:
        return [f"its dossier is of another genome, {judged.genome_sha256[:12]}; run keel evolve again"]
    failures = {name: judged.failures.get(name, "was not judged") for name in SIDES}
    reasons = [f"{name}: {failure}" for name, failure in failures.items() if failure is not None]
    if not judged.matched:
        reasons.append("the ordinary backtest did not give what the search saw")
    if not found.passed and not reasons:
        reasons.append("it was put on the shelf as one that has not passed; run keel evolve again")
    if found.version == UNREGISTERED and not reasons:
        reasons.append("MLflow has no version of it, because it did not answer; run keel evolve --resume again")
    return reasons
