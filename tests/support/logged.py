"""The log files of a home in this process, while a test lasts; what logging was before comes back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from conf.schema.monitoring import LogsConfig
from tasks.adapters.logs import Wanted, found_lines, log_as, log_into, setting_up
from tasks.adapters.logs.handler import FileHandler
from tasks.adapters.redaction import protect

SETTINGS = LogsConfig(level="INFO", megabytes=10.0, files=5)


@contextmanager
def logging_into(home: Path, process: str = "cli", settings: LogsConfig = SETTINGS) -> Iterator[Path]:
    """The folder of the log files."""
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in setting_up.OURS}
    log_as(process)
    log_into(home, settings)
    protect()
    try:
        yield home / "state" / "logs"
    finally:
        setting_up._named.clear()
        for one in [one for one in root.handlers if isinstance(one, FileHandler)]:
            root.removeHandler(one)
            one.close()
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        logging.setLogRecordFactory(factory)
        structlog.reset_defaults()


def lines_of(folder: Path, **wanted: Any) -> list[dict[str, Any]]:
    """All that can be read; nothing may be unreadable."""
    found = found_lines(folder, Wanted(**wanted))
    assert found.unreadable == 0
    return list(found.lines)
