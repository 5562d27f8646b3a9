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
from tasks.session.evolving.publishing import REPORT, UNREGISTERED, files_of, shelf_of
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


def promote(desk: Desk, tracker: Tracker, specialist: str, run: str | None) -> Promotion:
    """Make the challenger of a specialist champion, in the registry and then on the shelf, or say what speaks against
    it. `run` is the evolution that it has to be of, None: whichever it is of. Done again after it was interrupted, it
    is completed.

    Raises:
        BadInput: there is no such specialist, it has no challenger, or that is of another run.
        Damaged: the challenger or the report of its run is not what was written.
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


def _judged(desk: Desk, specialist: str, run: str) -> Mapping[str, Any]:
    """What the report of the run says of its candidate; nothing where it says nothing."""
    text = files_of(desk).read_text(run, REPORT)
    try:
        candidates = [] if text is None else json.loads(text)["candidates"]
        return next((one for one in candidates if one["specialist"] == specialist), {})
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{REPORT} of run {run} is no report ({error}); run keel evolve again") from error


def _against(found: Shelved, judged: Mapping[str, Any]) -> list[str]:
    """Reasons not to promote; a gate that nobody judged is not passed."""
    if not judged:
        return [f"{REPORT} of its run says nothing of it; run keel evolve again"]
    if judged["genome_sha256"] != genome_from_json(found.genome).sha256:
        return [f"{REPORT} of its run judged another genome, {judged['genome_sha256'][:12]}; run keel evolve again"]
    gates = judged["gates"]
    reasons = [f"{name}: {_failure(gates.get(name))}" for name in SIDES if not gates.get(name, {}).get("passed", False)]
    if not judged["matched"]:
        reasons.append("the ordinary backtest did not give what the search saw")
    if not found.passed and not reasons:
        reasons.append("it was put on the shelf as one that has not passed; run keel evolve again")
    if found.version == UNREGISTERED and not reasons:
        reasons.append("MLflow has no version of it, because it did not answer; run keel evolve --resume again")
    return reasons


def _failure(gate: Mapping[str, Any] | None) -> str:
    return "was not judged" if gate is None else str(gate["sentence"])
