"""Files that only their owner may use."""

import stat
from pathlib import Path

from models.types.errors import BadInput


def mode_of(path: Path) -> int:
    """Permission bits of the file."""
    return stat.S_IMODE(path.stat().st_mode)


def require_private(path: Path) -> None:
    """Nothing, when there is no such file or only its owner may use it.

    Raises:
        BadInput: group or others may, or it is no regular file.
    """
    if not path.exists():
        return
    if not path.is_file():
        raise BadInput(f"{path} is no regular file; move it away, and set the keys with keel secrets set")
    mode = mode_of(path)
    if mode & 0o077:
        raise BadInput(f"{path} can be read by others (mode {mode:03o}); run chmod 600 on it")
