"""Taking damaged files out of the way, so that the rest of the lake can be read and what is lost be fetched again."""

import shutil
from pathlib import Path

from data.bars import BarStore
from data.bucket import Unreachable
from data.dataset import part_of
from data.files import locked, read_checked, reading, sha256_of, write_atomically, writing
from data.lake import Lake
from data.manifest import CURE, NAME, Manifest, Part, parts_in, read_manifest, verified_manifest, write_manifest
from data.objects import ObjectPath, Place, beside, names_below
from data.verify import ASIDE, DERIVED, Damage, below
from models.types import Damaged, Series, Unavailable


def set_aside(lake: Lake, damage: Damage) -> None:
    """Move a damaged file below `damaged/`; a derived one is deleted. Its dataset goes on without it.

    A damaged or lost manifest is written anew from the parts that are still what their names say. What somebody else
    has put right since it was found stays.
    """
    path = damage.path
    if damage.derived:
        _drop(lake, path)
    elif path.name == NAME:
        with locked(path.parent / ".lock"):
            if not _readable(path):
                _keep_copy(lake, path)
                write_manifest(path.parent, rebuilt_manifest(path.parent))
    elif path.suffix == ".parquet":
        folder = _folder_of(path)
        with locked(folder / ".lock"):
            _forget(lake, folder, path)
    else:
        _move(lake, path)


def rebuilt_manifest(folder: Place) -> Manifest:
    """The manifest that the parts in `folder` allow: those whose content matches their name; where two hold the same
    time, the one with more rows. A merge only ever adds rows, so the larger one is the newer.
    """
    sound = []
    for path in parts_in(folder):
        with reading(path):
            content = path.read_bytes()
        if sha256_of(content).startswith(path.stem):
            sound.append(part_of(names_below(folder, path), content))
    kept = list[Part]()
    for part in sorted(sound, key=lambda one: (-one.rows, one.path)):
        nested = "/" in part.path  # rows that are no bars lie beside the manifest, and may be of the same time
        if not nested or all(part.last < other.first or other.last < part.first for other in kept):
            kept.append(part)
    return Manifest(tuple(sorted(kept)))


def lost_spans(store: BarStore, series: Series, damaged: list[Damage]) -> list[tuple[int, int]]:
    """First and last bar (UTC microseconds) of every damaged part of the series, before it is set aside.

    Raises:
        Damaged: the manifest itself is.
    """
    folder = store.dataset(series).folder
    paths = {one.path for one in damaged}
    return [(part.first, part.last) for part in read_manifest(folder).parts if folder / part.path in paths]


def _forget(lake: Lake, folder: Place, path: Place) -> None:
    parts = read_manifest(folder).parts
    named = next((part for part in parts if folder / part.path == path), None)
    if named is not None:
        if _is_whole(path, named):
            return
        write_manifest(folder, Manifest(tuple(part for part in parts if part != named)))
    _move(lake, path)


def _is_whole(path: Place, part: Part) -> bool:
    """Whether it is what the manifest says; of what cannot be read nobody knows, and it is not forgotten."""
    try:
        read_checked(path, part.sha256, CURE)
    except Damaged:
        return False
    return True


def _folder_of(part: Place) -> Place:
    return part.parent.parent if part.parent.name.startswith("period=") else part.parent


def _readable(manifest: Place) -> bool:
    """Whether it is there and whole; it is read either way, so that in a bucket only what was read is replaced."""
    try:
        verified_manifest(manifest.parent)
    except Unreachable:
        raise
    except (Damaged, Unavailable):
        return False
    return True


def _drop(lake: Lake, path: Place) -> None:
    with writing(path):
        if isinstance(path, Path) and below(lake, path).parts[0] == DERIVED:
            shutil.rmtree(path.parent if path.name == NAME else beside(_folder_of(path)), ignore_errors=True)
        path.unlink(missing_ok=True)


def _move(lake: Lake, path: Place) -> None:
    if isinstance(path, ObjectPath):
        _keep_copy(lake, path)
        path.unlink()
    elif path.exists():
        with writing(path):
            path.replace(_place_aside(lake, path))


def _keep_copy(lake: Lake, path: Place) -> None:
    if isinstance(path, ObjectPath):
        if path.exists():
            write_atomically(lake.root / ASIDE / str(below(lake, path)), path.read_bytes())
    elif path.exists():
        with writing(path):
            shutil.copy2(path, _place_aside(lake, path))


def _place_aside(lake: Lake, path: Path) -> Path:
    target = lake.local / ASIDE / below(lake, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
