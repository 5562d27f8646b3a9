"""`keel backup PATH` and `keel restore PATH`: safe copies under load, and their way back."""

from pathlib import Path
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, out, show_fields, show_json, working
from models.types import iso
from tasks.adapters.clocks import SystemClock
from tasks.session.keeping import back_up, restore, verify_backup


def backup(
    path: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy journal, stop, models, genomes, sealed keys and the lake, while others work with them; verify the copy."""
    with working() as say:
        say("copying, then reading the copy through")
        back_up(home(), path.expanduser().absolute(), SystemClock().now(), lake=True)
        made = verify_backup(path.expanduser().absolute())
    said = {
        "path": str(path),
        "made_at": iso(made.made_at),
        "files": len(made.files),
        "journal": None if made.journal is None else made.journal.revision,
        "decisions": 0 if made.journal is None else made.journal.decisions,
        "verified": True,
    }
    show_json(said) if as_json else show_fields("backup", said)


def restore_backup(
    path: Annotated[Path, typer.Argument(help="A folder that keel backup or the housekeeping made.")],
    over: Annotated[bool, typer.Option("--over", help="Replace what is there; it is kept beside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify a backup and put it into KEEL_HOME; trading is stopped until keel resume."""
    with working() as say:
        say("verifying the backup, then putting it back")
        done = restore(path.expanduser().absolute(), home(), SystemClock().now(), over)
    beside = None if done.beside is None else str(done.beside)
    said = {"home": str(home()), "made_at": iso(done.backup.made_at), "files": len(done.backup.files), "kept": beside}
    if as_json:
        show_json(said | {"stopped": True, "reason": done.reason})
        return
    show_fields("restored", said)
    out.print(f"trading is stopped: {done.reason}", highlight=False)
