"""What a process says that watches by itself: to standard error, and into a file of its own."""

import logging
import os
import sys
from pathlib import Path

from conf.secrets import scrub
from models.types import iso
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock

logger = logging.getLogger(__name__)


class Log:
    """Lines with their time. A file that cannot be written is no reason to watch no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[str, str] = {}

    def __call__(self, text: str) -> None:
        """Say it."""
        line = f"{iso(SystemClock().now() // SECOND * SECOND)} {scrub(text)}\n"
        sys.stderr.write(line)
        sys.stderr.flush()
        # Beside the lines of the other processes, where `keel logs` finds them; its handler never fails.
        logger.info(text)
        try:
            self._write(line)
        except OSError as error:
            sys.stderr.write(f"{self._path} cannot be written: {error.strerror}\n")

    def once(self, topic: str, text: str) -> None:
        """Say it, unless it is what was said last on the topic; an empty text says that there is nothing any more."""
        if text and text != self._last.get(topic):
            self(f"{topic}: {text}")
        self._last[topic] = text

    def _write(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            if not _is_stderr(file.fileno()):
                file.write(line)


def _is_stderr(number: int) -> bool:
    """Whether the file is where standard error goes already, as under `keel up`."""
    try:
        return os.path.sameopenfile(number, sys.stderr.fileno())
    except (OSError, ValueError):
        return False
