"""What was asked of the API and what was refused, in the journal's audit chain; never in the way of an answer.

A thread writes: a journal that is locked keeps nobody waiting, and what could not be written is written later. Acts
are a row each; refusals are counted, and a flood of them is a row in EVERY_S with the number, never what was tried.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from conf.secrets import scrub
from data.journal import AuditKind, AuditLog, Entry, Journal

EVERY_S = 10.0
# Kinds of refusals that a row names; more are counted together.
NAMED = 20
# Acts that wait for a journal that cannot be written; more are counted.
MOST_ACTS = 500
API = "api"


class Audit:
    """`now`: UTC microseconds; `every`: seconds from one row of refusals to the next."""

    def __init__(self, journal: Callable[[], Journal], now: Callable[[], int], every: float = EVERY_S) -> None:
        self._journal, self._now, self._every = journal, now, every
        self._acts: list[Entry] = []
        self._refused: Counter[tuple[str, str, str]] = Counter()
        self._lost = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._woken, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble = ""

    def asked(self, who: str, what: str, status: int) -> None:
        """Somebody with a right token asked for an act; what it came to is its status."""
        said = Entry(AuditKind.ASKED, "", who, what, {"status": status}, self._now())
        with self._lock:
            if len(self._acts) < MOST_ACTS:
                self._acts.append(said)
            else:
                self._lost += 1
        self._woken.set()

    def refused(self, client: str, what: str, why: str) -> None:
        """A request was refused; the client, the route and the reason are told, nothing that it carried."""
        with self._lock:
            key = (client, what, why)
            self._refused[key if key in self._refused or len(self._refused) < NAMED else ("", "more", "")] += 1
        self._woken.set()

    def flush(self) -> None:
        """Write what waits, now.

        Raises:
            KeelError: the journal cannot be written; nothing is lost.
        """
        self._write_acts()
        self._write_refusals()

    def start(self) -> None:
        """Write from a thread of its own until `end`."""
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Write what waits, as far as the journal lets it."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=self._every)

    def _run(self) -> None:
        due = 0.0
        while not self._ended.is_set():
            waits = bool(self._refused or self._acts)
            self._woken.wait(max(0.0, due - time.monotonic()) if waits else None)
            self._woken.clear()
            self._tried(self._write_acts)
            if time.monotonic() >= due and (self._refused or self._acts):
                self._tried(self._write_refusals)
                due = time.monotonic() + self._every
        self._tried(self.flush)

    def _tried(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:  # noqa: BLE001 - told by /health; it is written later
            self.trouble = scrub(f"{type(error).__name__}: {error}")
        else:
            self.trouble = ""

    def _write_acts(self) -> None:
        with self._writing:
            while self._acts:
                AuditLog(self._journal().engine).append(self._acts[0])
                with self._lock:
                    self._acts.pop(0)

    def _write_refusals(self) -> None:
        with self._writing:
            self._write_row()

    def _write_row(self) -> None:
        with self._lock:
            found, lost = self._refused.copy(), self._lost
        if not found and not lost:
            return
        named = [
            {"client": client, "asked": what, "why": why, "times": times}
            for (client, what, why), times in found.most_common()
        ]
        count = found.total()
        detail = {"count": count, "refused": named} | ({"acts_not_told": lost} if lost else {})
        why = f"{count} request{'' if count == 1 else 's'} refused"
        AuditLog(self._journal().engine).append(Entry(AuditKind.REFUSED, "", API, why, detail, self._now()))
        with self._lock:
            self._refused -= found
            self._lost -= lost
