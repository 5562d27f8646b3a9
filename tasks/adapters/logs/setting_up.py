"""Where the records of a process go: its file below state/logs, and standard error for people."""

import logging
import os
import sys
from pathlib import Path

from conf.schema.monitoring import LogsConfig
from tasks.adapters.logs.appending import RotatedFile
from tasks.adapters.logs.handler import FileHandler
from tasks.adapters.logs.lines import console_formatter, json_formatter, route_structlog

# Set by Prefect for the process of a flow run.
RUN = "PREFECT__FLOW_RUN_ID"
FLOW = "flow"
# Everybody else's records are taken from WARNING on, as they were.
OURS = ("flows", "tasks", "data", "conf")
MEGABYTE = 1_000_000
_named: list[str] = []


def log_as(process: str) -> None:
    """From here on it is `process` (cli, guardian, api ...) that logs, once it knows its home: see `log_into`."""
    _named[:] = [process]


def log_to_console(level: str) -> None:
    """Records from `level` on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(console_formatter(sys.stderr.isatty()))
    handler.setLevel(level)
    route_structlog()
    logging.basicConfig(level=level, handlers=[handler])
    if level == "WARNING":
        logging.getLogger("stamina").setLevel(logging.ERROR)  # a read that is tried again is no warning to a person


def log_into(home: Path, settings: LogsConfig) -> None:
    """Records into the file of this process; none where nobody has said what it is and no flow runs in it.

    Called again, or for another home, the file before is let go of.
    """
    process = _named[0] if _named else FLOW if RUN in os.environ else None
    if process is None:
        return
    root = logging.getLogger()
    file = RotatedFile(path_of(home, process), round(settings.megabytes * MEGABYTE), settings.files)
    for one in [one for one in root.handlers if isinstance(one, FileHandler)]:
        if _same(one.file, file) and one.level == logging.getLevelNamesMapping()[settings.level]:
            return
        root.removeHandler(one)
        one.close()
    handler = FileHandler(home, file)
    handler.setFormatter(json_formatter(process, os.environ.get(RUN)))
    handler.setLevel(settings.level)
    root.addHandler(handler)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.setLevel(min(handler.level, root.level or logging.WARNING))
    route_structlog()


def path_of(home: Path, process: str) -> Path:
    """The file. Beside `<part>.log`, into which `keel up` sends whatever a part prints."""
    return home / "state" / "logs" / f"{process}.jsonl"


def _same(one: RotatedFile, other: RotatedFile) -> bool:
    return (one.path, one.most, one.files) == (other.path, other.most, other.files)
