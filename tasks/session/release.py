"""Which code runs: the identity of the installed release."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from conf.home import PROJECT

ROOMS = ("models", "data", "conf", "tasks", "flows")
# The runtime files of a home that stands in the project; nothing in there is code of ours.
RUNTIME = (("data", "lake"), ("data", "state"))
SOURCE = "source"


@cache
def release_id() -> str:
    """Version and the first 16 digits of a SHA-256 over all code and the default settings, such as
    "0.1.0+1f0c55d2a9e4b173"; the same as long as this process lives.
    """
    return f"{_version()}+{digest_of(PROJECT)[:16]}"


def digest_of(root: Path) -> str:
    """SHA-256 over paths and contents of the code and the default settings below `root`, hexadecimal."""
    found = [path for room in ROOMS for path in _files(root, root / room)]
    digest = hashlib.sha256()
    for path in sorted(found, key=lambda one: one.relative_to(root).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(root: Path, folder: Path) -> list[Path]:
    below: list[Path] = []
    for path in folder.iterdir():
        if path.is_dir() and path.relative_to(root).parts not in RUNTIME:
            below += _files(root, path)
        elif path.suffix == ".py" or (path.suffix in (".yaml", ".yml") and path.is_relative_to(root / "conf")):
            below.append(path)
    return below


def _version() -> str:
    try:
        return version("keel")
    except PackageNotFoundError:
        return SOURCE
