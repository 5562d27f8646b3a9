"""`keel stop` and `keel flatten`. What they need beside the file is imported only once that is written."""

from typing import Annotated

import typer

from flows.commands.output import AsJson, out, show_json, show_rows, warn, working
from tasks.stopping import FLATTEN, PAUSE, FirstAct, stop_first

Reason = Annotated[list[str] | None, typer.Argument(help="What for; journal and audit chain keep it.")]
Who = Annotated[str | None, typer.Option("--who", help="Who does it (default: the name you are logged in by).")]
FAILED = 1


def stop(reason: Reason = None, who: Who = None, as_json: AsJson = False) -> None:
    """Stop trading now: no new entry, those that wait are taken back, stops at the venues rest. keel resume ends it."""
    _carry_out(stop_first(PAUSE, " ".join(reason or ()), who), as_json)


def flatten(reason: Reason = None, who: Who = None, as_json: AsJson = False) -> None:
    """Stop trading and sell everything: at once with real money, on paper with the next decision."""
    _carry_out(stop_first(FLATTEN, " ".join(reason or ()), who), as_json)


def alone() -> None:
    """These two commands by themselves, whatever is wrong with the others."""
    app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    app.command("stop")(stop)
    app.command("flatten")(flatten)
    app(prog_name="keel")


def _carry_out(act: FirstAct, as_json: bool) -> None:
    result, is_stopped, is_done = _result(act)
    if as_json:
        show_json(result)
    else:
        _show(result)
    if not is_stopped or (act.asked.level == FLATTEN and not is_done):
        raise typer.Exit(FAILED)


def _result(act: FirstAct) -> tuple[dict[str, object], bool, bool]:
    """(the fields that scripts rely on, whether trading is stopped, whether every part is done)."""
    stands = act.stands or act.asked
    named: dict[str, object] = {
        "stopped": act.stands is not None,
        "reason": stands.reason,
        "level": stands.level.lower(),
        "who": stands.who,
        "stage": None,
        "components": [{"name": "file", "ok": act.stands is not None, "why": act.trouble or f"{act.file} is written"}],
        "cancelled": [],
        "standing": [],
        "sold": [],
    }
    try:
        with working():
            from conf.secrets import scrub
            from tasks.emergency import go_on
            from tasks.session.emergency import Part, cids

            found = go_on(act, warn)
    except Exception as error:  # noqa: BLE001 - whatever else is broken, the file stands and that is told
        told = {
            "name": "journal",
            "ok": False,
            "why": f"{type(error).__name__}: {error}; the file stops trading by itself",
        }
        return named | {"components": [*_listed(named), told]}, act.stands is not None, False
    withdrawn, flattened = found.withdrawn, found.flattened
    row = next(one for one in found.parts if one.name == "journal")
    parts = [Part(one.name, one.ok, scrub(one.why)) for one in found.parts]
    named |= {
        "stopped": act.stands is not None or row.ok,
        "stage": found.stage,
        "components": [one.as_json() for one in parts],
        "cancelled": [] if withdrawn is None else cids(withdrawn.cancelled),
        "standing": [] if withdrawn is None else cids((*withdrawn.standing, *withdrawn.doubtful)),
        "sold": [] if flattened is None else cids(one for one in flattened.sold if one.filled),
    }
    return named, bool(named["stopped"]), all(one.ok for one in found.parts)


def _listed(named: dict[str, object]) -> list[object]:
    found = named["components"]
    return found if isinstance(found, list) else []


def _show(result: dict[str, object]) -> None:
    said = f"stopped ({result['level']}): {result['reason']}" if result["stopped"] else "NOT stopped"
    out.print(said, highlight=False)
    rows = [[one["name"], "ok" if one["ok"] else "not done", one["why"]] for one in _listed(result)]  # type: ignore[index]
    show_rows("keel resume --why TEXT ends it", ["part", "", "why"], rows)
