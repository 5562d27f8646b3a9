"""The handler of log files: it never fails, whatever becomes of the disk."""

import logging
import sys
from contextlib import suppress
from pathlib import Path

from tasks.adapters.logs.appending import RotatedFile


class FileHandler(logging.Handler):
    """Records as lines of a file; one that cannot be written is told once to standard error, and nobody is stopped."""

    def __init__(self, home: Path, file: RotatedFile) -> None:
        super().__init__()
        self.home, self.file = home, file
        self._said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it; nothing is written where there is no home yet: whoever only looks makes none."""
        try:
            if not self.home.exists():
                return
            self.file.append(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except OSError as error:
            self._tell(error.strerror or str(error))
        except Exception:  # noqa: BLE001 - logging's own way with a record that cannot be shown
            self.handleError(record)
        else:
            self._said = ""

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            self.file.close()
        super().close()

    def _tell(self, why: str) -> None:
        if why == self._said or sys.stderr is None:
            return
        self._said = why
        with suppress(OSError, ValueError):  # standard error may be as full, or closed
            sys.stderr.write(f"{self.file.path} cannot be written: {why}; what is logged is lost until it can\n")
