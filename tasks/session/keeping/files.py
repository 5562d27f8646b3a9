"""Report pages and nightly dossiers that are old, and the logs of the servers, which grow for as long as these run."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from data.files import writing
from models.types import Unavailable
from models.types.timeframes import DAY
from tasks.session.keeping.tidied import Tidied
from tasks.session.staging.dossier import LOOKED

# A log that is larger is cut; its newest part stays beside it.
LOG_BYTES = 32 * 1024 * 1024
LOG_KEPT = 8 * 1024 * 1024


def keep_reports(home: Path, days: float, now: int) -> list[Tidied]:
    """Delete the pages below state/reports, and the dossiers of nights that changed no stage, that were last written
    more than `days` before `now` (UTC microseconds). The dossier of a step stays for ever.
    """
    root = home / "state" / "reports"
    nights = (one for one in _files(home / "state" / "stages") if one.stem.endswith(f"-{LOOKED}"))
    oldest, emptied = now - int(days * DAY), set[Path]()
    gone, freed, trouble = 0, 0, ""
    for path in [*_files(root), *nights]:
        try:
            with writing(path), suppress(FileNotFoundError):  # somebody else has deleted it since
                said = path.stat()
                if said.st_mtime_ns // 1000 < oldest:
                    path.unlink()
                    gone, freed = gone + 1, freed + said.st_size
                    emptied |= {one for one in path.parents if root in one.parents}
        except Unavailable as error:
            trouble = str(error)
    for folder in sorted(emptied, reverse=True):
        with suppress(OSError):  # something else is in it
            folder.rmdir()
    return [Tidied("reports", f"older than {days:g} days", gone, freed, trouble=trouble)]


def keep_logs(home: Path, most: int = LOG_BYTES, kept: int = LOG_KEPT) -> list[Tidied]:
    """Cut each log below state/logs that has more than `most` bytes; its last `kept` ones are in `<name>.1` then.

    Whoever writes a log goes on with the same file, at its new end: lines of the moment of the cut may be lost.
    """
    return [_cut(path, kept) for path in _files(home / "state" / "logs") if _is_too_long(path, most)]


def _is_too_long(path: Path, most: int) -> bool:
    return path.suffix == ".log" and path.stat().st_size > most


def _cut(path: Path, kept: int) -> Tidied:
    size = path.stat().st_size
    try:
        with writing(path), path.open("rb") as log:
            log.seek(-min(kept, size), os.SEEK_END)
            path.with_name(f"{path.name}.1").write_bytes(log.read(kept))
            os.truncate(path, 0)
    except Unavailable as error:
        return Tidied("logs", path.name, trouble=str(error))
    return Tidied("logs", path.name, 1, size - min(kept, size))


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
