"""A copy of the lake while others write to it.

A dataset is its manifest: parts are named by their content and never changed, and what a new manifest no longer names
is removed after it. So hot files are copied first, then the parts of a manifest, then the manifest; where it is another
one by then, or a part is gone, the dataset is copied again. Rows that a recorder moved from a hot file into a part
meanwhile are in both, and reading leaves them out.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from data.manifest import NAME, has_dataset, verified_manifest
from models.types import Damaged, Unavailable
from tasks.session.keeping.copied import ROUNDS, Files, copy_file, is_content

# They are computed again from the others.
DERIVED = ("cache", "features", "tail_fits")
HOT = "hot"
PARTS = "period="
CURE = "keel data repair puts it right"


class _Changed(Exception):
    """A writer has replaced what was being copied."""


def copy_lake(source: Path, target: Path) -> Files:
    """Copy everything in a lake that is not derived from the rest; checksums by path below it.

    Raises:
        Damaged: a part is not what its manifest says; names it.
        Unavailable: a file cannot be read or written, or a dataset changes all the time.
    """
    found: Files = {}
    for folder in _folders(source):
        if folder.name not in DERIVED:
            found |= _below(source, folder, target)
    return found


def _below(source: Path, folder: Path, target: Path) -> Files:
    if has_dataset(folder) or (folder / HOT).is_dir():
        return _dataset(source, folder, target)
    found = _plain(source, folder, target)
    for inner in _folders(folder):
        found |= _below(source, inner, target)
    return found


def _dataset(source: Path, folder: Path, target: Path) -> Files:
    for _ in range(ROUNDS):
        try:
            found = _plain(source, folder / HOT, target) | _committed(source, folder, target)
        except _Changed:
            shutil.rmtree(target / folder.relative_to(source))
            continue
        for inner in _folders(folder):
            if inner.name != HOT and not inner.name.startswith(PARTS):
                found |= _below(source, inner, target)
        return found
    raise Unavailable(f"{folder} changes all the time; take the backup while less is written there")


def _committed(source: Path, folder: Path, target: Path) -> Files:
    """The parts, and then the manifest that names them with whatever stands beside it."""
    if not (folder / NAME).exists():
        if has_dataset(folder):
            raise Damaged(f"{folder / NAME} is missing; {CURE}")
        return _plain(source, folder, target)
    manifest, found = verified_manifest(folder), Files()
    for part in manifest.parts:
        path = folder / part.path
        name = str(path.relative_to(source))
        try:
            found[name] = copy_file(path, target / name)
        except FileNotFoundError as error:
            if verified_manifest(folder) == manifest:
                raise Damaged(f"{path} is missing; {CURE}") from error
            raise _Changed from error
        if found[name] != part.sha256:
            raise Damaged(f"{path} does not match its checksum; {CURE}")
    found |= _plain(source, folder, target)
    if verified_manifest(target / folder.relative_to(source)) != manifest:
        raise _Changed
    return found


def _plain(source: Path, folder: Path, target: Path) -> Files:
    """The files right in a folder, of those that are there; no parts."""
    found: Files = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = str(path.relative_to(source))
        if path.is_file() and is_content(path) and path.suffix != ".parquet":
            try:
                found[name] = copy_file(path, target / name)
            except FileNotFoundError:
                continue  # rolled or replaced since it was listed
    return found


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir() if folder.is_dir() else ()) if path.is_dir())
