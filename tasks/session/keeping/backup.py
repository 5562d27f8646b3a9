"""A backup: a folder with journal, stop, dossiers, models, scorers of news, genomes and sealed keys, and the lake where
it is asked for.

The journal comes first: whatever it speaks of is in what is copied after it. Keys are in a backup only as they are
sealed in state/secrets.json.enc; `.env` and the keyring are never. The configuration of every decision is in the
journal; conf/ itself, Prefect's and MLflow's databases are not in it.
"""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from data.files import UNFINISHED, writing
from data.journal import JournalPlace
from data.journal.copying import Verified, copy_journal, verify_copy
from data.objects import ObjectPath, Place
from data.sealed import read_sealed, write_sealed
from models.types import BadInput, Damaged, Refused
from tasks.session.keeping.bucket_lake import copy_bucket
from tasks.session.keeping.copied import Files, copy_file, copy_folder, sha256_of_file
from tasks.session.keeping.lake_copy import copy_lake

NAME = "backup.json"
JOURNAL = "state/journal.sqlite"
STOP = "state/STOP"
SECRETS = "state/secrets.json.enc"
FOLDERS = ("state/models", "state/tones", "state/genomes")
# Evidence of promotions and demotions: what a home has of it is never taken away by an older one.
DOSSIERS = "state/stages"
LAKE = "lake"
PIECES = (JOURNAL, STOP, SECRETS, *FOLDERS, DOSSIERS, LAKE)
CURE = "this backup cannot be trusted, take another one"


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup has.

    Attributes:
        made_at: UTC microseconds.
        files: SHA-256 of every file by its path below the home.
        journal: what its journal was found to have; None where the home had none.
        lake: whether the lake is in it.
    """

    made_at: int
    files: Mapping[str, str]
    journal: Verified | None
    lake: bool


def back_up(home: Path, target: Path, now: int, place: JournalPlace, lake: Place | None) -> BackupManifest:
    """Copy a home's state into the new folder `target`, verified, while others may work with it; `now` in UTC
    microseconds. `place`: of the journal; in the backup it is a file wherever it was. `lake`: where it is, None leaves
    it out. A crash leaves no `target`.

    Raises:
        Refused: there is something at `target`.
        Damaged: the journal or a part of the lake is.
        Unavailable: something cannot be read or written.
    """
    if target.exists():
        raise Refused(f"{target} is there already; name a folder that is not")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=UNFINISHED.rstrip("*")))
    try:
        made = _copied(home, draft, now, place, lake)
        with writing(target):
            draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return made


def read_backup(path: Path) -> BackupManifest:
    """What the backup in the folder `path` says that it has.

    Raises:
        BadInput: there is no backup.
        Damaged: it is not what was written.
    """
    body = read_sealed(path / NAME, CURE) if path.is_dir() else None
    if body is None:
        raise BadInput(f"{path} is no backup: it has no {NAME}; name a folder that keel backup made")
    try:
        journal = None if body["journal"] is None else Verified(**body["journal"])
        files = dict(body["files"])
        _require_below(files)
        return BackupManifest(int(body["made_at"]), files, journal, bool(body["lake"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path / NAME} is not readable ({error}); {CURE}") from error


def _require_below(files: Files) -> None:
    """Nothing, where every file is one of a home: what is put back must not reach out of it.

    Raises:
        ValueError: one is not; names it.
    """
    for name in files:
        path = PurePosixPath(name)
        if ".." in path.parts or not any(path.is_relative_to(one) for one in PIECES):
            raise ValueError(f"no backup has a file {name!r}")


def verify_backup(path: Path) -> BackupManifest:
    """Hold every file of a backup against its checksum, and read its journal through.

    Raises:
        BadInput: there is no backup.
        Damaged: a file is missing or is not what was written; names it.
    """
    said = read_backup(path)
    for name, sha256 in said.files.items():
        if not (path / name).is_file():
            raise Damaged(f"{path / name} is missing; {CURE}")
        if sha256_of_file(path / name) != sha256:
            raise Damaged(f"{path / name} does not match its checksum; {CURE}")
    if said.journal is not None and verify_copy(path / JOURNAL) != said.journal:
        raise Damaged(f"{path / JOURNAL} has other rows than when it was copied; {CURE}")
    return said


def _copied(home: Path, draft: Path, now: int, place: JournalPlace, lake: Place | None) -> BackupManifest:
    files, journal = Files(), None
    if place.exists():
        with writing(draft / JOURNAL):
            (draft / JOURNAL).parent.mkdir(parents=True)
        copy_journal(place, draft / JOURNAL)
        journal = verify_copy(draft / JOURNAL)
        files[JOURNAL] = sha256_of_file(draft / JOURNAL)
    for name in (STOP, SECRETS):
        if (home / name).is_file():
            with suppress(FileNotFoundError):  # keel resume has taken the stop away since
                files[name] = copy_file(home / name, draft / name)
    for name in (*FOLDERS, DOSSIERS):
        files |= {f"{name}/{one}": sha256 for one, sha256 in copy_folder(home / name, draft / name).items()}
    if lake is not None:
        copied = copy_bucket(lake, draft / LAKE) if isinstance(lake, ObjectPath) else copy_lake(lake, draft / LAKE)
        files |= {f"{LAKE}/{one}": sha256 for one, sha256 in copied.items()}
    if not files:
        raise BadInput(f"{home} has nothing to back up; point KEEL_HOME to the home that is meant")
    made = BackupManifest(now, files, journal, lake is not None)
    write_sealed(draft / NAME, asdict(made))
    return made
