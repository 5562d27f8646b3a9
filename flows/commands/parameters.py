"""Parameters over time: which were in force, one step back, and yes to what waits."""

from typing import Annotated, Any

import typer

from conf import load
from conf.limits import loosened
from flows.commands.output import AsJson, Who, Why, name_of, out, show_json, show_rows
from models.types import iso
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_parameter_log
from tasks.session.parameters import confirm_by_hand, revert_by_hand


def history(as_json: AsJson = False) -> None:
    """Every adoption of risk parameters, the newest first: when, by what, by whom, and which limits got looser."""
    versions = [_fields(one.number, one.adoption) for one in build_parameter_log().history()]
    if as_json:
        show_json({"versions": versions})
        return
    shown = ("number", "version", "adopted_at", "source", "who", "why", "loosened")
    rows = [[_short(one[name]) for name in shown] for one in versions]
    show_rows("risk parameters", ["number", "version", "adopted", "by", "who", "why", "looser than before"], rows)


def revert(
    why: Why,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Put the risk parameters before the present ones into force again, until the files are edited; again: undo that.

    A running session takes them over at its next bar. While live, limits that would get looser want a confirmation.
    """
    log = build_parameter_log()
    number = revert_by_hand(log, load, loosened, SystemClock().now(), name_of(who), why)
    _show(number, as_json)


def confirm(
    version: Annotated[str, typer.Argument(help="Of what waits, as its alert says it; eight characters will do.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Let in parameters that wait because they loosen a limit while live. A running session follows at its next bar."""
    log = build_parameter_log()
    number = confirm_by_hand(log, load, loosened, version, SystemClock().now(), name_of(who))
    _show(number, as_json)


def _show(number: int, as_json: bool) -> None:
    """What was adopted, after the journal."""
    (written,) = [one for one in build_parameter_log().history() if one.number == number]
    if as_json:
        show_json(_fields(number, written.adoption))
    else:
        version = written.adoption.version[:12]
        out.print(f"parameters {number}, version {version}, are in force; a running session follows at its next bar")


def _fields(number: int, adoption: Any) -> dict[str, Any]:
    kept = ("version", "config_version", "source", "who", "why", "loosened")
    return {"number": number, "adopted_at": iso(adoption.adopted_at)} | {one: getattr(adoption, one) for one in kept}


def _short(value: Any) -> Any:
    if isinstance(value, tuple):
        return "; ".join(value)
    return value[:12] if isinstance(value, str) and len(value) == 64 else value
