"""The backups of every night: the newest stay, older ones go."""

import re
import shutil
import time
from pathlib import Path

from data.files import UNFINISHED, writing
from data.journal import JournalPlace
from data.journal.tidying import pages_of
from models.types import KeelError, Unavailable, iso
from tasks.session.keeping.backup import NAME, back_up, verify_backup
from tasks.session.keeping.tidied import Tidied

NAMED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
# A draft that is older than this has nobody who writes it.
STALE_SECONDS = 86_400
SECOND = 1_000_000
# Of the journal's size: the copy, and what a migrated copy to verify may take.
ROOM = 3


def nightly_backup(home: Path, keep: int, now: int, place: JournalPlace) -> list[Tidied]:
    """Make a backup without the lake in state/backups, verify it by opening it, and delete all but the `keep` newest;
    with 0 none is made and none goes. `now` in UTC microseconds; `place`: see `back_up`.
    """
    if not keep:
        return []
    root = home / "state" / "backups"
    target = root / iso(now // SECOND * SECOND).replace(":", "")
    try:
        _require_room(home, place)
        back_up(home, target, now, place, lake=None)
        made = verify_backup(target)
    except KeelError as error:
        return [Tidied("backup", target.name, trouble=str(error))]
    size = sum(one.stat().st_size for one in target.rglob("*") if one.is_file())
    note = f"{len(made.files)} files, {size:,} bytes, verified"
    return [Tidied("backup", target.name, note=note), *_drop_old(target, keep)]


def backups_in(root: Path) -> list[Path]:
    """The nightly backups in a folder, the newest first."""
    if not root.is_dir():
        return []
    return sorted((one for one in root.iterdir() if NAMED.fullmatch(one.name) and (one / NAME).exists()), reverse=True)


def _drop_old(made: Path, keep: int) -> list[Tidied]:
    """All but the one of this night and the newest beside it: by a clock that was ahead others may seem newer."""
    root = made.parent
    others = [one for one in backups_in(root) if one != made]
    old = [*others[keep - 1 :], *(one for one in root.glob(UNFINISHED) if _is_stale(one))]
    freed = sum(path.stat().st_size for one in old for path in one.rglob("*") if path.is_file())
    for one in old:
        with writing(one):
            shutil.rmtree(one)
    return [Tidied("backup", f"all but the newest {keep}", len(old), freed)] if old else []


def _is_stale(draft: Path) -> bool:
    return draft.stat().st_mtime < time.time() - STALE_SECONDS


def _require_room(home: Path, place: JournalPlace) -> None:
    wanted = ROOM * _size_of(place)
    free = shutil.disk_usage(home).free
    if free < wanted:
        raise Unavailable(f"a backup wants {wanted:,} bytes, and the disk has {free:,}; make room")


def _size_of(place: JournalPlace) -> int:
    if place.url is not None:
        return pages_of(place.open().engine).whole if place.exists() else 0
    return place.file.stat().st_size if place.exists() else 0
