"""A step of a line as the audit chain keeps it, and read back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from data.journal import AuditKind, AuditLog, Entry, Journal
from data.journal.stage_log import STEPS
from models.stages import Criteria, Demoted, Demotion, Evidence, Promoted, Rules, Standing, Step
from models.types import Damaged, Stage
from tasks.session.staging.evidence import Found
from tasks.session.staging.window import Window

MALFORMED = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
CRITERIA = ("exploration", "paper", "micro")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step with its entry in the chain, and for what it was made on the window and the digest of its pages."""

    entry: Entry
    step: Step
    window: Window
    sha256: str


def recorded_steps(journal: Journal, line: str) -> list[Recorded]:
    """Every promotion and demotion of the line, the oldest first.

    Raises:
        Damaged: the audit chain is not as it was written, or a row cannot be read.
    """
    return [_recorded(one) for one in AuditLog(journal.engine).entries(STEPS, line)]


def detail_of(step: Step, found: Found, rules: Rules, dossier: str, phrase: str = "") -> dict[str, Any]:
    """What the chain keeps of a step; figures are strings that are read back to the bit. `dossier`: its SHA-256."""
    said = {
        "from": _standing(step.before),
        "to": _standing(step.after),
        "evidence": {one.name: _text(getattr(found.evidence, one.name)) for one in fields(found.evidence)},
        "rules": rules_json(rules),
        "window": window_json(found.window),
        "pages": {"decisions": found.decisions, "fills": found.fills, "sha256": found.sha256, "gap": found.gap},
        "dossier": dossier,
    }
    return said | ({"phrase": phrase} if isinstance(step, Promoted) else {"cause": step.cause.value})


def rules_json(rules: Rules) -> dict[str, Any]:
    """With figures as strings."""
    said: dict[str, Any] = {name: _texts(asdict(getattr(rules, name))) for name in CRITERIA}
    for name in ("rungs", "rung_days"):
        said[name] = [_text(one) for one in getattr(rules, name)]
    return said | {name: _text(getattr(rules, name)) for name in ("micro_least", "micro_most")}


def window_json(window: Window) -> dict[str, Any]:
    """With the name of the book."""
    said = {one.name: getattr(window, one.name) for one in fields(window)}
    return said | {"stage": window.stage.value, "book": window.book, "days_per_year": _text(window.days_per_year)}


def _recorded(entry: Entry) -> Recorded:
    try:
        return _read(entry)
    except MALFORMED as error:
        raise Damaged(
            f"row {entry.id} of the journal's audit chain, a step of {entry.subject}, cannot be read "
            f"({type(error).__name__}: {error}); find out who wrote it: nothing is earned until then"
        ) from error


def _read(entry: Entry) -> Recorded:
    said = entry.detail
    before, after = _standing_of(said["from"]), _standing_of(said["to"])
    who = (entry.subject, entry.at, entry.who, entry.why, before, after)
    step: Step
    if entry.kind is AuditKind.PROMOTED:
        step = Promoted(*who, evidence=_evidence_of(said["evidence"]), rules=_rules_of(said["rules"]))
    else:
        step = Demoted(*who, cause=Demotion(said["cause"]))
    return Recorded(entry, step, _window_of(said["window"]), str(said["pages"]["sha256"]))


def _standing(standing: Standing) -> dict[str, Any]:
    return {"stage": standing.stage.value, "rung": standing.rung}


def _standing_of(said: Mapping[str, Any]) -> Standing:
    return Standing(Stage(said["stage"]), int(said["rung"]))


def _evidence_of(said: Mapping[str, str]) -> Evidence:
    whole = ("trades", "crashes", "breaches")
    figures: dict[str, Any] = {
        name: int(text) if name in whole else float(text)
        for name, text in said.items()
        if name not in ("stage", "gap_beyond")
    }
    return Evidence(
        stage=Stage(said["stage"]), gap_beyond={"True": True, "False": False}[said["gap_beyond"]], **figures
    )


def _rules_of(said: Mapping[str, Any]) -> Rules:
    exploration, paper, micro = (_criteria_of(said[name]) for name in CRITERIA)
    return Rules(
        exploration=exploration,
        paper=paper,
        micro=micro,
        rungs=tuple(float(one) for one in said["rungs"]),
        rung_days=tuple(float(one) for one in said["rung_days"]),
        micro_least=float(said["micro_least"]),
        micro_most=float(said["micro_most"]),
    )


def _criteria_of(said: Mapping[str, str]) -> Criteria:
    whole = ("least_trades", "crashes", "breaches")
    figures: dict[str, Any] = {name: int(text) if name in whole else float(text) for name, text in said.items()}
    return Criteria(**figures)


def _window_of(said: Mapping[str, Any]) -> Window:
    window = Window(
        stage=Stage(said["stage"]),
        line=str(said["line"]),
        since=int(said["since"]),
        until=int(said["until"]),
        last=int(said["last"]),
        release=str(said["release"]),
        days_per_year=float(said["days_per_year"]),
    )
    if said["book"] != window.book:
        raise ValueError(f"its window is of {said['book']}")
    return window


def _texts(figures: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in figures.items()}


def _text(value: object) -> str:
    return value.value if isinstance(value, Stage) else repr(value)
