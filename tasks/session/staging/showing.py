"""A line's stage for people and for scripts."""

from typing import Any

from models.types import iso
from tasks.session.staging.dossier import LOOKED, Dossier, verdict_json
from tasks.session.staging.looking import Look


def standing_text(seen: Look, configured: str) -> str:
    """Where it stands, and what the settings say."""
    held = "" if seen.in_force == seen.standing else f", of which the rules of today allow {seen.in_force}"
    window = seen.found.window
    days, count = seen.found.evidence.days, seen.found.decisions
    return (
        f"{seen.line} is at {seen.standing}{held}; the settings say {configured}. Book {window.book}: {days:g} days "
        f"with decisions, {count} decisions"
    )


def verdict_rows(seen: Look) -> list[dict[str, Any]]:
    """One for each criterion of the step up."""
    return [
        {"criterion": one.name, "found": one.text, "": "passed" if one.passed else "failed"} for one in seen.verdicts
    ]


def step_rows(seen: Look) -> list[dict[str, Any]]:
    """One for each step so far, the newest first."""
    return [
        {
            "when": iso(one.entry.at),
            "what": one.entry.kind.value,
            "from": str(one.step.before),
            "to": str(one.step.after),
            "by": one.entry.who,
            "why": one.entry.why,
        }
        for one in reversed(seen.steps)
    ]


def look_json(seen: Look, configured: str) -> dict[str, Any]:
    """The fields that scripts rely on."""
    evidence = seen.found.evidence
    return {
        "line": seen.line,
        "standing": {"stage": seen.standing.stage.value, "rung": seen.standing.rung},
        "in_force": {"stage": seen.in_force.stage.value, "rung": seen.in_force.rung},
        "configured": configured,
        "wanted": None if seen.wanted is None else str(seen.wanted),
        "may_promote_to": None if seen.following is None else str(seen.following),
        "verdicts": [verdict_json(one) for one in seen.verdicts],
        "evidence": {name: getattr(evidence, name) for name in evidence.__slots__},
        "costs": [one.value for one in seen.causes],
        "steps": step_rows(seen),
    }


def dossier_of(seen: Look) -> Dossier:
    """Of a look that changes nothing."""
    told = (seen.standing, seen.standing, seen.verdicts, seen.causes, seen.found, seen.rules)
    return Dossier(LOOKED, seen.line, seen.at, *told)
