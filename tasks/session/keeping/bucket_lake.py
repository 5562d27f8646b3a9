"""A lake in a bucket, copied into a backup and put back from one.

A document names what it needs, so parts are copied first and documents after them; put back, a manifest comes last.
Hot files are on this machine, and go the way of every file of the home.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from data.files import read_checked, read_regular, reading, sha256_of, write_atomically
from data.manifest import NAME, verified_manifest
from data.objects import ObjectPath, Place
from models.types import Damaged, Refused, Unavailable
from tasks.session.keeping.copied import ROUNDS, Files, copy_file
from tasks.session.keeping.lake_copy import DERIVED

CURE = "keel data repair puts it right"
PART = ".parquet"
LAKE = "lake"


def copy_bucket(root: ObjectPath, target: Path) -> Files:
    """Copy the hot files, every dataset and every document of the lake; checksums by path below it.

    Raises:
        Damaged: a part is not what its manifest says; names it.
        Unavailable: the store does not answer, or a dataset changes all the time.
    """
    found: Files = {}
    for hot in sorted(root.local.glob("*/venue=*/symbol=*/hot/*.frames")):
        with suppress(FileNotFoundError):  # rolled since it was listed: its rows are in the parts that are read next
            found[str(hot.relative_to(root.local))] = copy_file(hot, target / hot.relative_to(root.local))
    for path in root.rglob("*"):
        if path.name == NAME:
            found |= _dataset(root, path.parent, target)
        elif path.suffix != PART:
            name = str(path.relative_to(root))
            found[name] = _kept(target / name, path.document())
    return found


def _dataset(root: ObjectPath, folder: ObjectPath, target: Path) -> Files:
    for _ in range(ROUNDS):
        manifest, found = verified_manifest(folder), Files()
        try:
            for part in manifest.parts:
                name = str((folder / part.path).relative_to(root))
                found[name] = _kept(target / name, read_checked(folder / part.path, part.sha256, CURE))
        except Damaged:
            if verified_manifest(folder) == manifest:
                raise
            continue
        name = str((folder / NAME).relative_to(root))
        found[name] = _kept(target / name, (folder / NAME).document())
        if verified_manifest((target / name).parent) == manifest:
            return found
    raise Unavailable(f"{folder} changes all the time; take the backup while less is written there")


def require_room(backup: Path, root: Place) -> None:
    """Nothing, when whatever is in the lake's bucket is in the backup as well, or when its lake is in no bucket.

    Raises:
        Refused: something else is there; it would be mixed with what is put back.
    """
    if not isinstance(root, ObjectPath) or not (backup / LAKE).is_dir():
        return
    for path in root.rglob("*"):
        source = backup / LAKE / path.relative_to(root)
        if not source.is_file() or read_regular(source) != path.read_bytes():
            raise Refused(
                f"{path} is in the bucket and not in the backup; let lake.url name a prefix that is empty, what is "
                "there now stays as it is"
            )


def put_back(home: Path, root: Place) -> None:
    """Move the datasets and documents in the home's folder into the lake's bucket, if it is in one, the manifests last;
    hot files stay. The same again, after a failure, goes on.
    """
    if not isinstance(root, ObjectPath):
        return
    lake = home / LAKE
    files = list(_moving(lake))
    for path in sorted(files, key=lambda one: (one.name == NAME, one.suffix != PART, one)):
        with reading(path):
            content = read_regular(path)
        target = root / str(path.relative_to(lake))
        if path.suffix == PART:
            target.write_bytes(content)
        else:
            target.replace_document(content)
    for path in files:
        path.unlink()


def _moving(lake: Path) -> Iterator[Path]:
    """What a lake in a bucket has there: not what is derived, hot or a lock."""
    for path in sorted(lake.rglob("*")):
        names = path.relative_to(lake).parts
        stays = len(names) == 1 or names[0] in DERIVED or "hot" in names[:-1]
        if path.is_file() and not stays and path.suffix in (PART, ".json"):
            yield path


def _kept(target: Path, content: bytes) -> str:
    write_atomically(target, content)
    return sha256_of(content)
