"""A backup put back into a home. Trading is stopped before anything moves, and stays so until a person resumes it."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from data.files import UNFINISHED, locked, writing
from data.journal import (
    GUARDIAN,
    TRADER,
    AuditKind,
    AuditLog,
    Entry,
    Heartbeats,
    JournalPlace,
    LiveLog,
    StopFlag,
    open_journal,
)
from data.journal.copying import copy_in, copy_journal
from data.journal.stop_flag import KEEL, read_stop_file, write_stop_file
from models.types import Damaged, KeelError, Level, Refused, iso
from tasks.session.keeping.alive import alive_in
from tasks.session.keeping.backup import DOSSIERS, FOLDERS, JOURNAL, LAKE, SECRETS, STOP, BackupManifest, verify_backup
from tasks.session.keeping.copied import copy_file

# What SQLite keeps beside its file: of another file it would be damage.
BESIDE = ("-wal", "-shm")
REASON = (
    "restored from the backup of {made}: orders may be at the venues that this journal does not know; reconcile, then "
    "keel resume"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back.

    Attributes:
        backup: what the backup had.
        beside: the folder where everything is that was there before; None where nothing was.
        reason: why trading is stopped.
    """

    backup: BackupManifest
    beside: Path | None
    reason: str


def restore(backup: Path, home: Path, now: int, over: bool, place: JournalPlace) -> Restored:
    """Put a backup into `home`; what it replaces is kept beside. `now` in UTC microseconds. `place`: where the journal
    goes; what is replaced in a database is kept as a file, or damaged as it is in a schema.

    Raises:
        BadInput: there is no backup at `backup`.
        Damaged: a file of it is not what was written; names it. Nothing was changed.
        Refused: somebody works with the home, or it is not empty and `over` was not said. Nothing was changed.
        Unavailable: the disk is full, or cannot be written.
    """
    said = verify_backup(backup)
    _require_quiet(home, place, now)
    there = [name for name in _pieces(said) if (_has_journal(place) if name == JOURNAL else (home / name).exists())]
    if there and not over:
        raise Refused(f"{home} has {', '.join(there)} already; say --over to replace them, they are kept beside")
    with writing(home):
        (home / "state").mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=home, prefix=UNFINISHED.rstrip("*")))
    try:
        _stage(backup, said, draft)
        _require_quiet(home, place, now)  # to copy a lake takes minutes, in which somebody may have begun
        reason = REASON.format(made=iso(said.made_at))
        flag = StopFlag(Level.PAUSE, reason, KEEL, now)
        write_stop_file(home / STOP, flag)  # before anything moves: whatever ends this, trading is stopped
        copied = read_stop_file(draft / STOP)
        if copied is not None:
            write_stop_file(home / STOP, copied)
        if said.journal is not None:
            _stop_staged(draft / JOURNAL, flag, _confirmed(place))
        beside = _swapped(home, draft, said, home / "before" / iso(now).replace(":", ""), place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Restored(said, beside if there else None, reason)


def _require_quiet(home: Path, place: JournalPlace, now: int) -> None:
    found = alive_in(home, place, now)
    if found:
        raise Refused(f"{'; '.join(found)} work with {home} now; stop them first (keel down stops the servers)")


def _pieces(said: BackupManifest) -> list[str]:
    """What of a home the backup replaces, as files and whole folders."""
    lake = (LAKE,) if said.lake else ()
    files = [name for name in (JOURNAL, SECRETS) if name in said.files]
    return [*files, *(one for one in (*FOLDERS, *lake) if any(name.startswith(f"{one}/") for name in said.files))]


def _has_journal(place: JournalPlace) -> bool:
    try:
        return place.exists()
    except Damaged:  # a reason to put another one back, as a damaged file is
        return True


def _stage(backup: Path, said: BackupManifest, draft: Path) -> None:
    for name, sha256 in said.files.items():
        if copy_file(backup / name, draft / name) != sha256:
            raise Damaged(f"{backup / name} has changed since it was looked at; this backup cannot be trusted")


def _confirmed(place: JournalPlace) -> dict[str, int]:
    """When live trading was confirmed, by venue, as far as it holds by the journal that is replaced."""
    with suppress(KeelError):  # one that cannot be read confirms nothing
        if place.exists():
            engine = place.open().engine
            try:
                return LiveLog(engine).all_in_force()
            finally:
                engine.dispose()
    return {}


def _stop_staged(journal: Path, flag: StopFlag, confirmed: Mapping[str, int]) -> None:
    """Bring the journal up to date, stop it, and say so. A confirmation of live trading that does not hold any more, or
    of which nothing is known, is taken back.
    """
    engine = (opened := open_journal(journal)).engine
    try:
        stands = opened.set_stop(flag.reason, flag.at, flag.level, flag.who)
        if stands.reason != flag.reason:  # it was stopped already when it was copied
            detail = {"level": stands.level.name.lower()}
            AuditLog(engine).append(Entry(AuditKind.STOPPED, "", flag.who, flag.reason, detail, flag.at))
        for venue, at in LiveLog(engine).all_in_force().items():
            if confirmed.get(venue) != at:
                LiveLog(engine).revoke(venue, flag.who, flag.reason, flag.at)
        _end_promises(Heartbeats(engine))
        opened.raise_alert(f"restored-{flag.at}", "critical", flag.reason, flag.at)
    finally:
        engine.dispose()


def _end_promises(heartbeats: Heartbeats) -> None:
    """Whoever promised anything when it was copied is gone: no guardian is to find a promise broken, and to sell by a
    journal that does not know what came later.
    """
    for name in (TRADER, GUARDIAN):
        beat = heartbeats.last(name)
        if beat is not None:
            heartbeats.beat(replace(beat, due_at=None))


def _swapped(home: Path, draft: Path, said: BackupManifest, beside: Path, place: JournalPlace) -> Path:
    """Rename what was there away and the staged into its place, the journal last."""
    with writing(home):
        (beside / "state").mkdir(parents=True)
        for name in (one for one in _pieces(said) if one != JOURNAL):
            if (home / name).exists():
                (home / name).rename(beside / name)
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).rename(home / name)
        for name in (one for one in said.files if one.startswith(f"{DOSSIERS}/")):
            if not (home / name).exists():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).rename(home / name)
        if said.journal is not None:
            _swap_journal(place, draft / JOURNAL, beside / JOURNAL)
    return beside


def _swap_journal(place: JournalPlace, staged: Path, beside: Path) -> None:
    """A file makes room for the staged one; a database gets its rows, and a file that was the journal before goes."""
    if place.url is None:
        _swap_files(place.file, staged, beside)
        return
    copy_in(staged, place, over=True, aside=_kept(place, beside.parent))
    place.note()
    _swap_files(place.file, None, beside)


def _kept(place: JournalPlace, beside: Path) -> str | None:
    """Keep the journal of a database as a file in the folder. Of a damaged one no copy can be made: its tables have to
    go into the schema that is given back, and the file says so.
    """
    copy, schema = beside / "database.sqlite", f"before_{beside.parent.name}"
    try:
        if place.exists():
            copy_journal(place, copy)
    except Damaged as error:
        copy.unlink(missing_ok=True)
        said = f"{error}\nIts tables are as they were in the schema {schema} of {place}.\n"
        copy.with_suffix(".txt").write_text(said, encoding="utf-8")
        return schema
    return None


def _swap_files(journal: Path, staged: Path | None, beside: Path) -> None:
    with locked(journal.with_suffix(".lock")):
        if journal.exists():
            # A damaged one goes as it is.
            with suppress(sqlite3.Error), closing(sqlite3.connect(journal)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.link(journal, beside)
        for end in BESIDE:
            if (log := journal.with_name(f"{journal.name}{end}")).exists():
                log.rename(beside.with_name(f"{beside.name}{end}"))
        if staged is not None:
            staged.rename(journal)
        else:
            journal.unlink(missing_ok=True)
