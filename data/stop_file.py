"""The emergency stop's file, by the standard library alone: it can be written where nothing else of Keel works."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "STOP"
# From the mildest to the hardest.
LEVELS = ("PAUSE", "REDUCE", "FLATTEN")


@dataclass(frozen=True, slots=True)
class Said:
    """What the file says: how far trading is stopped, why, by whom and since when (UTC microseconds)."""

    level: str
    reason: str
    who: str
    at: int


def write_file(path: Path, said: Said) -> Said:
    """Write it, durable before it is visible; what is in the file then. One that is there already keeps what it says,
    unless the new level is harder. Where there is no room for the words the file is made without any: that stops as
    well.

    Raises:
        OSError: not even that can be done, and no file is there.
    """
    before = read_file(path)
    if before is not None and LEVELS.index(said.level) <= LEVELS.index(before.level):
        return before
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, json.dumps(asdict(said)).encode())
    except OSError:
        path.touch()
    return read_file(path) or said


def read_file(path: Path) -> Said | None:
    """What is in the file, None only where there is none; one that cannot be read stops, and flattens nothing."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        found = Said(str(said["level"]), str(said["reason"]), str(said["who"]), int(said["at"]))
        LEVELS.index(found.level)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Said(LEVELS[0], f"{path} is there and cannot be read, which stops trading as well", "keel", 0)
    return found


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)  # noqa: PTH105 - the same call, without a second Path
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
