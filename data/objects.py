"""Paths in a bucket, with the few things of a Path that the lake uses: `Lake.root` may be either.

There are no folders: what has no object is not there. Nothing is renamed: an object is put whole. Locks, and whatever
is appended to or mapped into memory, stand on this machine, `beside` the path.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from data.bucket import ABSENT, Bucket, Document, Listed

# Documents that were read under the lock that is held, by the version that was read first.
_read: ContextVar[dict[tuple[str, str], str] | None] = ContextVar("_read", default=None)
_known: dict[tuple[Bucket, str], Document] = {}


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """An object, or what keys begin with; `local` is the folder or file of the same name on this machine."""

    bucket: Bucket
    key: str
    local: Path

    def __truediv__(self, name: str) -> "ObjectPath":
        return ObjectPath(self.bucket, f"{self.key}/{name}".lstrip("/"), self.local / name)

    def __str__(self) -> str:
        return self.bucket.place(self.key)

    def __lt__(self, other: "ObjectPath") -> bool:
        return self.key < other.key

    @property
    def parts(self) -> tuple[str, ...]:
        """The names in the key."""
        return tuple(self.key.split("/"))

    @property
    def name(self) -> str:
        """The last name."""
        return self.parts[-1]

    @property
    def stem(self) -> str:
        """The last name without what comes behind its last dot."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """What comes behind the last dot, and that."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> "ObjectPath":
        """The path without its last name."""
        return ObjectPath(self.bucket, "/".join(self.parts[:-1]), self.local.parent)

    def relative_to(self, other: "Place") -> PurePosixPath:
        """The names behind those of `other`.

        Raises:
            ValueError: it is not below that.
        """
        if not isinstance(other, ObjectPath):
            raise ValueError(f"{self} is not below {other}")
        return PurePosixPath(self.key).relative_to(other.key)

    def exists(self) -> bool:
        """Whether there is an object; of folders there are none."""
        return self.bucket.exists(self.key)

    def below(self) -> list[Listed]:
        """Every object whose key begins with this one, as a folder."""
        return self.bucket.below(self.key)

    def glob(self, pattern: str) -> list["ObjectPath"]:
        """Objects, and what would be their folders, of this pattern; `**/` in front of it is any depth."""
        wanted = pattern.split("/")
        own = len(self.parts) if self.key else 0
        found = dict[str, None]()
        for one in self.below():
            parts = one.key.split("/")[own:]
            if wanted[0] == "**":
                if fnmatchcase(parts[-1], wanted[-1]):
                    found["/".join(parts)] = None
            elif len(parts) >= len(wanted) and all(map(fnmatchcase, parts, wanted)):
                found["/".join(parts[: len(wanted)])] = None
        return [self / name for name in found]

    def rglob(self, pattern: str) -> list["ObjectPath"]:
        """Objects of that name at any depth."""
        return self.glob(f"**/{pattern}")

    def read_bytes(self) -> bytes:
        """An object that never changes.

        Raises:
            FileNotFoundError: there is none.
        """
        return self.bucket.read(self.key)

    def write_bytes(self, content: bytes) -> None:
        """Put an object that never changes."""
        self.bucket.write(self.key, content)

    def unlink(self, missing_ok: bool = True) -> None:  # noqa: ARG002 - as of Path: a server does not say
        """Take the object away."""
        self.bucket.delete(self.key)

    def document(self, anew: bool = False) -> bytes:
        """An object that changes, as it is now; `anew`: read again, also where the server calls it the same version.

        Raises:
            FileNotFoundError: there is none.
        """
        place, seen = (self.bucket, self.key), _read.get()
        try:
            found = self.bucket.document(self.key, None if anew else _known.get(place))
        except FileNotFoundError:
            _known.pop(place, None)
            if seen is not None:
                seen.setdefault((self.bucket.name, self.key), ABSENT)
            raise
        _known[place] = found
        if seen is not None:
            seen.setdefault((self.bucket.name, self.key), found.version)
        return found.content

    def replace_document(self, content: bytes) -> None:
        """Put an object that changes. Where it was read under the lock that is held, it must still be what was read.

        Raises:
            Overtaken: it is not; nothing was written.
        """
        seen = _read.get()
        version = self.bucket.replace(
            self.key, content, None if seen is None else seen.get((self.bucket.name, self.key))
        )
        if seen is not None:
            seen[self.bucket.name, self.key] = version


Place: TypeAlias = Path | ObjectPath


def beside(place: Place) -> Path:
    """Where on this machine stands what belongs to `place` and cannot be in a bucket; of a file, itself."""
    return place.local if isinstance(place, ObjectPath) else place


def names_below(folder: Place, path: Place) -> str:
    """The path from `folder` on."""
    if isinstance(path, ObjectPath):
        return str(path.relative_to(folder))
    return str(path.relative_to(beside(folder)))


def globbed(root: Place, pattern: str) -> list[Place]:
    """What is below `root` by this pattern, in order."""
    return list(root.glob(pattern)) if isinstance(root, ObjectPath) else sorted(root.glob(pattern))


@contextlib.contextmanager
def unchanged() -> Iterator[None]:
    """Whatever document is read first and then replaced in this block must not have been replaced by others between."""
    if _read.get() is not None:
        yield
        return
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)
