"""What a dataset of the lake consists of. Replacing its manifest is the one act that commits a change."""

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from data.files import LOCK_SECONDS, UNFINISHED, locked, reading, sha256_of, write_document, writing
from data.objects import ObjectPath, Place
from models.types import Damaged

NAME = "manifest.json"
SCHEMA = 1
PARTS = "period=*/*.parquet"
# Nanoseconds: longer than any writer takes from its first part to its manifest.
GRACE = 3_600 * 1_000_000_000
CURE = "keel data verify shows all damage, keel data repair puts it right; or restore a backup"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One Parquet file: path below the dataset's folder, checksum, rows, first and last bar (UTC microseconds)."""

    path: str
    sha256: str
    rows: int
    first: int
    last: int

    @property
    def period(self) -> str:
        """Name of the period that the part holds all rows of."""
        return self.path.split("/")[0].removeprefix("period=")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of a dataset in the order of time."""

    parts: tuple[Part, ...] = ()

    @property
    def rows(self) -> int:
        """Rows in all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def sha256(self) -> str:
        """Version of the data: equal exactly when every part is."""
        return sha256_of(json.dumps(_content(self)).encode())


def read_manifest(folder: Place) -> Manifest:
    """The manifest in `folder`, an empty one where there is none.

    Raises:
        Damaged: it cannot be understood, or is not what was written.
        Unavailable: it is there and cannot be read.
    """
    path = folder / NAME
    with reading(path):
        try:
            if isinstance(path, ObjectPath):
                return _decoded(path, path.document())
            found = path.stat()
        except FileNotFoundError:
            return Manifest()
        return _parsed(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=256)
def _parsed(path: Path, _identity: tuple[int, int, int]) -> Manifest:
    """A manifest is replaced, never changed: the same file says the same."""
    with reading(path):
        content = path.read_bytes()
    return _decoded.__wrapped__(path, content)


@lru_cache(maxsize=256)
def _decoded(path: Place, content: bytes) -> Manifest:
    try:
        manifest = Manifest(tuple(Part(**part) for part in json.loads(content)["parts"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path} is not a readable manifest ({error}); {CURE}") from error
    if content != _encode(manifest):  # to the byte: what carries no meaning was written by us all the same
        raise Damaged(f"{path} does not match its checksum; {CURE}")
    return manifest


def verified_manifest(folder: Place) -> Manifest:
    """As read_manifest, from the bytes that are there now, whatever this process read before.

    Raises:
        Damaged: it cannot be understood, or is not what was written.
    """
    path = folder / NAME
    with reading(path):
        content = path.document(anew=True) if isinstance(path, ObjectPath) else path.read_bytes()
    return _decoded.__wrapped__(path, content)


def write_manifest(folder: Place, manifest: Manifest) -> None:
    """Commit `manifest` as the dataset's content."""
    write_document(folder / NAME, _encode(manifest))


@contextlib.contextmanager
def committing(folder: Place, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of the dataset in `folder`: one writer at a time, over all processes of this machine. In a bucket
    writers of other machines may be at work: the first to replace the manifest wins, the others are Overtaken.

    A dataset gets an empty manifest before its first part, so that parts without a manifest are damage, and not what a
    writer was killed over: their manifest was lost, and whoever wrote a new one would forget them.

    Raises:
        Damaged: there are parts and no manifest.
        Unavailable: another process holds the lock for `seconds`, the folder cannot be written, or another machine has
            changed the dataset meanwhile.
    """
    with locked(folder / ".lock", seconds):
        begins = not _has_manifest(folder)
        if begins:
            require_manifest(folder)
            write_manifest(folder, Manifest())
        try:
            yield
        finally:
            # In a bucket another machine may have begun as well: it stays.
            if begins and isinstance(folder, Path) and not read_manifest(folder).parts and not parts_in(folder):
                with writing(folder):
                    (folder / NAME).unlink()


def sweep(folder: Place, named: Collection[str]) -> None:
    """Remove the parts that are not `named` (paths below the folder), and what killed writers left; after a commit.

    In a bucket a part goes an hour after it was written, by the server's clock, at the earliest: it may be one that a
    writer of another machine is about to commit.
    """
    if isinstance(folder, ObjectPath):
        found = folder.below()
        now = max((one.changed for one in found), default=0)
        for one in found:
            name = one.key.removeprefix(f"{folder.key}/")
            if fnmatchcase(name, PARTS) and name not in named and one.changed < now - GRACE:
                (folder / name).unlink()
        return
    for path in folder.glob(PARTS):
        if str(path.relative_to(folder)) not in named:
            path.unlink(missing_ok=True)
    for leftover in (*folder.glob(UNFINISHED), *folder.glob(f"period=*/{UNFINISHED}")):
        leftover.unlink(missing_ok=True)


def _has_manifest(folder: Place) -> bool:
    """Whether there is one; in a bucket it is read, so that its version is known to whom replaces it."""
    path = folder / NAME
    if isinstance(path, Path):
        return path.exists()
    try:
        path.document()
    except FileNotFoundError:
        return False
    return True


def has_dataset(folder: Place) -> bool:
    """Whether there is a dataset in `folder`, be it one that has lost its manifest."""
    return (folder / NAME).exists() or bool(parts_in(folder))


def require_manifest(folder: Place) -> None:
    """Make sure that parts in `folder` have a manifest.

    Raises:
        Damaged: they have none.
    """
    if not (folder / NAME).exists() and parts_in(folder):
        raise Damaged(f"{folder / NAME} is missing; {CURE}")


def parts_in(folder: Place) -> list[Place]:
    """Every Parquet file of the dataset in `folder`, named by a manifest or not."""
    return sorted((*folder.glob(PARTS), *folder.glob("*.parquet")), key=str)


def _content(manifest: Manifest) -> dict[str, object]:
    return {"schema": SCHEMA, "parts": [asdict(part) for part in manifest.parts]}


def _encode(manifest: Manifest) -> bytes:
    return (json.dumps({"sha256": manifest.sha256} | _content(manifest), indent=1) + "\n").encode()
