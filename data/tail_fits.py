"""Fits of tail models in the lake, by what they were fitted to.

What a fit finds depends on the versions of libraries, so it is a fact: whatever was found first for a window stands,
and is read wherever that window is asked for again. A file is named by the SHA-256 of window and model; a search that
found nothing is recorded too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.files import locked
from data.lake import Lake
from data.sealed import read_sealed, write_sealed
from models.types import BadInput, Damaged, Unavailable

KIND = "tail_fits"
CURE = "delete it, the fit is made again"
KEY_DIGITS = 64


@dataclass(frozen=True, slots=True)
class FitRecord:
    """Parameters by name; None where the search found none."""

    parameters: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class TailFitStore:
    """Fits by key, 64 hexadecimal digits."""

    lake: Lake

    def find(self, key: str) -> FitRecord | None:
        """What was found for the key; None where nobody looked yet.

        Raises:
            Damaged: the file is not what was written.
            Unavailable: it is there and cannot be read.
        """
        path = self._path(key)
        body = read_sealed(path, CURE)
        if body is None:
            return None
        if body.get("key") != key:
            raise Damaged(f"{path} is the fit of another window; {CURE}")
        found = body["parameters"]
        return FitRecord(None if found is None else {name: float(value) for name, value in found.items()})

    def keep(self, key: str, parameters: Mapping[str, float] | None) -> FitRecord:
        """Record what was found, and give what stands: another process may have been faster.

        Raises:
            Unavailable: the lake cannot be written.
            Damaged: what the other process wrote cannot be read.
        """
        path = self._path(key)
        with locked(self.lake.local / KIND / ".lock"):
            standing = self.find(key)
            if standing is not None:
                return standing
            found = None if parameters is None else dict(parameters)
            write_sealed(path, {"key": key, "parameters": found})
            return FitRecord(found)

    def drop(self, key: str) -> None:
        """Take a damaged fit away."""
        self._path(key).unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[str, Path]]:
        """Key and file of every fit, in the order of their keys."""
        for path in sorted((self.lake.local / KIND).glob("??/*.json")):
            yield path.stem, path

    def damaged(self) -> Iterator[tuple[Path, str]]:
        """Every file that is not what was written for its name, and why."""
        for key, path in self.files():
            try:
                body = read_sealed(path, CURE)
            except (Damaged, Unavailable) as error:
                yield path, str(error)
            else:
                if body is None or body.get("key") != key or path.parent.name != key[:2]:
                    yield path, f"{path} is the fit of another window; {CURE}"

    def _path(self, key: str) -> Path:
        if len(key) != KEY_DIGITS or not set(key) <= set("0123456789abcdef"):
            raise BadInput(f"found the key {key!r} of a fit; give {KEY_DIGITS} hexadecimal digits")
        return self.lake.local / KIND / key[:2] / f"{key}.json"
