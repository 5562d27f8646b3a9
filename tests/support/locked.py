"""What the lock files name: every package that `make install-dev` may install, on whatever platform."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;]+)(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Locked:
    """One package; `wanted_by` are the names behind `# via`."""

    name: str
    version: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name and version: a lock for several platforms has some names twice."""
        return f"{self.name}=={self.version}"


def locked(*files: Path) -> dict[str, Locked]:
    """The packages of these locks by their key."""
    found = {one.key: one for file in files for one in _entries(file.read_text(encoding="utf-8"))}
    if not found:
        raise ValueError(f"{', '.join(map(str, files))}: no package is locked there")
    return found


def _entries(text: str) -> Iterator[Locked]:
    for name, version, rest in ENTRY.findall(text):
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
        via = rest.partition("# via")[2]
        yield Locked(name, version, hashes, tuple(re.findall(r"([a-z0-9][a-z0-9._-]*)(?: \([^)]*\))?$", via, re.M)))
