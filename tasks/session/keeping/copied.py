"""Files copied with their checksums, and folders that others write into meanwhile."""

import hashlib
import os
from pathlib import Path

from data.files import UNFINISHED, reading, writing
from models.types import Unavailable

CHUNK = 1024 * 1024
# Rounds of copying what was changed in the round before.
ROUNDS = 20
# What two writers agree by, and files that were being written: neither is content.
NEVER = ("*.lock", ".lock", UNFINISHED, "*.tmp")
Files = dict[str, str]
State = dict[str, tuple[int, int, int]]


def is_content(path: Path) -> bool:
    """Whether a file says anything that has to be kept."""
    return not path.is_symlink() and not any(path.match(one) for one in NEVER)


def copy_file(source: Path, target: Path) -> str:
    """Copy it, durable, for the same readers; its hex SHA-256.

    Raises:
        FileNotFoundError: it is gone.
        PermissionError: it cannot be read.
        Unavailable: the disk is full, or cannot be written.
    """
    digest = hashlib.sha256()
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as stream, writing(target), target.open("wb") as out:
        os.fchmod(out.fileno(), os.fstat(stream.fileno()).st_mode & 0o777 | 0o600)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex SHA-256 of what it has now.

    Raises:
        Unavailable: it cannot be read.
    """
    digest = hashlib.sha256()
    with reading(path), path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy_folder(source: Path, target: Path) -> Files:
    """Copy all of a folder as it was at one moment: whatever changed while it was copied is copied again. Checksums by
    path below it.

    Raises:
        Unavailable: it changes all the time, or something cannot be read or written.
    """
    done: Files = {}
    before: State = {}
    for _ in range(ROUNDS):
        now = _state(source)
        if now == before:
            return done
        for name in before.keys() - now.keys():
            (target / name).unlink(missing_ok=True)
            done.pop(name, None)
        for name in (one for one in sorted(now) if before.get(one) != now[one]):
            try:
                done[name] = copy_file(source / name, target / name)
            except FileNotFoundError:
                now.pop(name)
        before = now
    raise Unavailable(f"{source} changes all the time; take the backup while nothing is trained or evolved")


def _state(root: Path) -> State:
    found = {}
    for path in root.rglob("*"):
        if not is_content(path):
            continue
        try:
            if path.is_file():
                stat = path.stat()
                found[str(path.relative_to(root))] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        except FileNotFoundError:
            continue
    return found
