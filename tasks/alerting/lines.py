"""The channel `log`: a line of the process's own log for each message."""

import logging

from tasks.session.telling import Log

# By this name the channel writes, see tasks.adapters.notifiers.
LINES = "keel.alerts"


class Lines(logging.Handler):
    """What is logged goes where the process says all else."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self._log(f"{record.levelname}: {record.getMessage()}")


def log_lines(log: Log) -> None:
    """From here on the channel's lines go there, and nowhere else; said again, it holds for the new one."""
    logger = logging.getLogger(LINES)
    logger.handlers, logger.propagate = [Lines(log)], False
    logger.setLevel(logging.INFO)
