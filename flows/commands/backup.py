"""`keel backup PATH` and `keel restore PATH`: safe copies under load, and their way back."""

from pathlib import Path
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, out, show_fields, show_json, working
from models.types import iso
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import journal_place, lake_root
from tasks.session.keeping import back_up, put_back, read_backup, require_room, restore, verify_backup


def backup(
    path: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy journal, stop, models, genomes, sealed keys and the lake, while others work with them; verify the copy."""
    with working() as say:
        say("copying, then reading the copy through")
        target = path.expanduser().absolute()
        back_up(home(), target, SystemClock().now(), journal_place(home()), lake_root())
        made = verify_backup(target)
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
        copy = path.expanduser().absolute()
        root = lake_root() if read_backup(copy).lake else None
        if root is not None:
            require_room(copy, root)
        done = restore(copy, home(), SystemClock().now(), over, journal_place(home()))
        if root is not None:
            put_back(home(), root)
    beside = None if done.beside is None else str(done.beside)
    said = {"home": str(home()), "made_at": iso(done.backup.made_at), "files": len(done.backup.files), "kept": beside}
    if as_json:
        show_json(said | {"stopped": True, "reason": done.reason})
        return
    show_fields("restored", said)
    out.print(f"trading is stopped: {done.reason}", highlight=False)
