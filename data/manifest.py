"""What a dataset of the lake consists of. Replacing its manifest is the one act that commits a change."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from data.files import LOCK_SECONDS, locked, reading, sha256_of, write_atomically, writing
from models.types import Damaged

NAME = "manifest.json"
SCHEMA = 1
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


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`, an empty one where there is none.

    Raises:
        Damaged: it cannot be understood, or is not what was written.
        Unavailable: it is there and cannot be read.
    """
    path = folder / NAME
    with reading(path):
        try:
            found = path.stat()
        except FileNotFoundError:
            return Manifest()
        return _parsed(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=256)
def _parsed(path: Path, _identity: tuple[int, int, int]) -> Manifest:
    """A manifest is replaced, never changed: the same file says the same."""
    with reading(path):
        try:
            content = path.read_bytes()
            manifest = Manifest(tuple(Part(**part) for part in json.loads(content)["parts"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{path} is not a readable manifest ({error}); {CURE}") from error
    if content != _encode(manifest):  # to the byte: what carries no meaning was written by us all the same
        raise Damaged(f"{path} does not match its checksum; {CURE}")
    return manifest


def verified_manifest(folder: Path) -> Manifest:
    """As read_manifest, from the bytes that are there now, whatever this process read before.

    Raises:
        Damaged: it cannot be understood, or is not what was written.
    """
    return _parsed.__wrapped__(folder / NAME, (0, 0, 0))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Commit `manifest` as the dataset's content."""
    write_atomically(folder / NAME, _encode(manifest))


@contextlib.contextmanager
def committing(folder: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of the dataset in `folder`: one writer at a time, over all processes of this machine.

    A dataset gets an empty manifest before its first part, so that parts without a manifest are damage, and not what a
    writer was killed over: their manifest was lost, and whoever wrote a new one would forget them.

    Raises:
        Damaged: there are parts and no manifest.
        Unavailable: another process holds the lock for `seconds`, or the folder cannot be written.
    """
    with locked(folder / ".lock", seconds):
        begins = not (folder / NAME).exists()
        if begins:
            require_manifest(folder)
            write_manifest(folder, Manifest())
        try:
            yield
        finally:
            if begins and not read_manifest(folder).parts and not parts_in(folder):
                with writing(folder):
                    (folder / NAME).unlink()


def has_dataset(folder: Path) -> bool:
    """Whether there is a dataset in `folder`, be it one that has lost its manifest."""
    return (folder / NAME).exists() or bool(parts_in(folder))


def require_manifest(folder: Path) -> None:
    """Make sure that parts in `folder` have a manifest.

    Raises:
        Damaged: they have none.
    """
    if not (folder / NAME).exists() and parts_in(folder):
        raise Damaged(f"{folder / NAME} is missing; {CURE}")


def parts_in(folder: Path) -> list[Path]:
    """Every Parquet file of the dataset in `folder`, named by a manifest or not."""
    return sorted((*folder.glob("period=*/*.parquet"), *folder.glob("*.parquet")))


def _content(manifest: Manifest) -> dict[str, object]:
    return {"schema": SCHEMA, "parts": [asdict(part) for part in manifest.parts]}


def _encode(manifest: Manifest) -> bytes:
    return (json.dumps({"sha256": manifest.sha256} | _content(manifest), indent=1) + "\n").encode()
