"""`keel stop` and `keel flatten`. What they need beside the file is imported only once that is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from flows.commands.output import AsJson, Who, out, show_json, show_rows, warn, working
from tasks.stopping import FLATTEN, PAUSE, FirstAct, stop_first

Reason = Annotated[list[str] | None, typer.Argument(help="What for; journal and audit chain keep it.")]
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


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an act: each part with its name, whether it is done, and what was found; client order ids."""

    level: str
    reason: str
    who: str
    parts: tuple[tuple[str, bool, str], ...]
    is_stopped: bool
    stage: str | None = None
    cancelled: Sequence[str] = ()
    standing: Sequence[str] = ()
    sold: Sequence[str] = ()

    @property
    def is_done(self) -> bool:
        """Whether every part is."""
        return all(ok for _, ok, _ in self.parts)

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "stopped": self.is_stopped,
            "reason": self.reason,
            "level": self.level,
            "who": self.who,
            "stage": self.stage,
            "components": [{"name": name, "ok": ok, "why": why} for name, ok, why in self.parts],
            "cancelled": self.cancelled,
            "standing": self.standing,
            "sold": self.sold,
        }


def _carry_out(act: FirstAct, as_json: bool) -> None:
    told = _told(act)
    if as_json:
        show_json(told.as_json())
    else:
        _show(told)
    if not told.is_stopped or (act.asked.level == FLATTEN and not told.is_done):
        raise typer.Exit(FAILED)


def _told(act: FirstAct) -> Told:
    """Everything after the file, and what came of it."""
    stands, is_written = act.stands or act.asked, act.stands is not None
    said = stands.level.lower(), stands.reason, stands.who
    try:
        with working():
            from conf.secrets import scrub
            from tasks.emergency import go_on
            from tasks.session.emergency import cids

            found = go_on(act, warn)
    except Exception as error:  # noqa: BLE001 - whatever else is broken, the file stands and that is told
        file = ("file", is_written, act.trouble or f"{act.file} is written")
        why = f"{type(error).__name__}: {error}; the file stops trading by itself"
        return Told(*said, (file, ("journal", False, why)), is_written)
    withdrawn, flattened = found.withdrawn, found.flattened
    return Told(
        *said,
        tuple((one.name, one.ok, scrub(one.why)) for one in found.parts),
        is_written or any(one.name == "journal" and one.ok for one in found.parts),
        found.stage,
        cancelled=[] if withdrawn is None else cids(withdrawn.cancelled),
        standing=[] if withdrawn is None else cids((*withdrawn.standing, *withdrawn.doubtful)),
        sold=[] if flattened is None else cids(one for one in flattened.sold if one.filled),
    )


def _show(told: Told) -> None:
    said = f"stopped ({told.level}): {told.reason}" if told.is_stopped else "NOT stopped"
    out.print(said, highlight=False)
    rows: list[list[object]] = [[name, "ok" if ok else "not done", why] for name, ok, why in told.parts]
    show_rows("keel resume --why TEXT ends it", ["part", "", "why"], rows)
