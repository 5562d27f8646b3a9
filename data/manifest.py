"""What a dataset of the lake consists of. Replacing its manifest is the one act that commits a change."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.files import reading, sha256_of, write_atomically
from models.types import Damaged

NAME = "manifest.json"
SCHEMA = 1
CURE = "restore it from a backup, or delete the dataset's folder and bring its data in again"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One Parquet file: path below the dataset's folder, checksum, rows, first and last bar (UTC microseconds)."""

    path: str
    sha256: str
    rows: int
    first: int
    last: int


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
            content = json.loads(path.read_bytes())
            manifest = Manifest(tuple(Part(**part) for part in content["parts"]))
            sealed = content["sha256"] == manifest.sha256
        except FileNotFoundError:
            return Manifest()
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{path} is not a readable manifest ({error}); {CURE}") from error
    if not sealed:
        raise Damaged(f"{path} does not match its checksum; {CURE}")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Commit `manifest` as the dataset's content."""
    write_atomically(folder / NAME, _encode(manifest))


def _content(manifest: Manifest) -> dict[str, object]:
    return {"schema": SCHEMA, "parts": [asdict(part) for part in manifest.parts]}


def _encode(manifest: Manifest) -> bytes:
    return (json.dumps({"sha256": manifest.sha256} | _content(manifest), indent=1) + "\n").encode()
