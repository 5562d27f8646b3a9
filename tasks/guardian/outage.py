"""What the guardian does while it cannot use the journal: it stops trading by the file beside it."""

import time

from conf import home
from data.journal import GUARDIAN, JournalPlace, StopFlag
from data.journal.stop_flag import write_stop_file
from models.types import Damaged, KeelError, Level
from tasks.adapters.clocks import SystemClock
from tasks.session.telling import Log

# So long a journal may be busy or its disk full.
PATIENCE_S = 15.0


class Outage:
    """Of the journal; one that is damaged stops trading at once, one that cannot be used after PATIENCE_S."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._since: float | None = None

    def note(self, error: KeelError) -> None:
        """The journal could not be used, for this reason."""
        self._log.once("journal", str(error))
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if isinstance(error, Damaged) or now - self._since >= PATIENCE_S:
            self._stop(str(error))

    def over(self) -> None:
        """It can be used again; what is stopped stays so until a person resumes."""
        self._log.once("journal", "")
        self._since = None

    def _stop(self, why: str) -> None:
        # Of the home itself: where its journal is may be what nobody finds out.
        path = JournalPlace(home() / "state").stop_file
        try:
            write_stop_file(path, StopFlag(Level.PAUSE, why, GUARDIAN, SystemClock().now()))
        except KeelError as error:
            self._log.once("stop", str(error))
