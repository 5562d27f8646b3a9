"""`keel resume`: the recovery procedure as a checklist, and the release at its end."""

import sys
from typing import Annotated

import typer

from flows.commands.output import AsJson, Who, name_of, out, progress, show_json, warn, working
from models.types import Refused
from tasks.bootstrap import build_trading_desk, build_writing, emergency_desk
from tasks.session.emergency import at_work
from tasks.session.resuming import LIMITS_STEP, Recovery, Step, look_before_resuming, next_steps, resume_trading
from tasks.session.riskdesk import nothing_released

Why = Annotated[str, typer.Option("--why", help="What the cause was; journal and audit chain keep it.")]
Reviewed = Annotated[
    bool, typer.Option("--reviewed", help="The limits in force are the right ones: a terminal would ask.")
]
Phrase = Annotated[str | None, typer.Option("--phrase", help="What a terminal would ask to be typed.")]


def resume(
    why: Why, reviewed: Reviewed = False, phrase: Phrase = None, who: Who = None, as_json: AsJson = False
) -> None:
    """Release every stop, step by step: cause, positions, risk parameters, reset, resume. Exit code 3: not released."""
    desk, journal = build_trading_desk({}, warn)
    with working():
        writing = build_writing(desk.loaded.settings.execution, journal)
        recovery = look_before_resuming(desk, journal, lambda: at_work(emergency_desk(desk, journal), writing), why)
    if recovery is None:
        if as_json:
            show_json(nothing_released(desk).as_json() | {"steps": []})
        else:
            out.print("nothing is stopped")
        return
    for one in recovery.steps:
        _show(one)
    if reviewed or _is_reviewed(recovery):
        recovery = recovery.reviewed()
        progress.print(f"{LIMITS_STEP} looked at: done", highlight=False)
    said = recovery.phrase if recovery.missing else _said(phrase, recovery.phrase)
    released = resume_trading(desk, journal, recovery, said, name_of(who), why)
    stops = [f"{one.system or 'account'}: {one.breaker.text}" for one in released.stops]
    reset = Step(4, "reset the stop", True, tuple(one for one in (released.flag, *stops) if one is not None))
    steps = (*recovery.steps, reset, next_steps(desk, journal))
    for one in steps[len(recovery.steps) :]:
        _show(one)
    if as_json:
        show_json(released.as_json() | {"steps": [one.as_json() for one in steps]})
    else:
        out.print("trading is resumed", highlight=False)


def _is_reviewed(recovery: Recovery) -> bool:
    """What a person says at a terminal, who is asked only where nothing else is missing."""
    if not sys.stdin.isatty() or any(one.number != LIMITS_STEP for one in recovery.missing):
        return False
    return typer.confirm("are these limits the right ones to go on with?", default=False, err=True)


def _said(phrase: str | None, wanted: str) -> str:
    if phrase is not None:
        return phrase
    if not sys.stdin.isatty():
        raise Refused(f"trading stays stopped; when you have looked at the steps above, say --phrase '{wanted}'")
    text = f"if you have looked at all of it, type {wanted} to release the stop"
    return str(typer.prompt(text, default="", show_default=False, err=True))


def _show(step: Step) -> None:
    progress.print(f"{step.number} {step.title}: {'done' if step.ok else 'NOT DONE'}", highlight=False)
    for one in step.found:
        progress.print(f"  {one}", highlight=False)
    if not step.ok:
        progress.print(f"  {step.todo}", highlight=False)
