"""Everything that came of a launched process: found by descent, by session and by mark, signalled, waited for."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

import psutil

# Not KEEL_...: those names are settings, and an unknown setting is refused.
MARK = "STARTED_BY_KEEL"

_POLL_S = 0.05

Family = frozenset[psutil.Process]


def find(known: Iterable[psutil.Process], session: int | None, mark: str) -> Family:
    """All that live of: the known processes, their descendants, the session, and those whose mark begins with `mark`.

    The caller itself is never among them, so that a flow may stop the stack it runs in.
    """
    known = list(known)
    found = {*known, *_descendants(known), *_belonging(session, mark)}
    return frozenset(p for p in found if p.pid != os.getpid() and not gone(p))


def gone(process: psutil.Process) -> bool:
    """Whether it ended: one that nobody reaped did (a container may have no init), unless threads of it still end."""
    try:
        return not process.is_running() or (process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1)
    except psutil.NoSuchProcess:
        return True


def send(number: signal.Signals, processes: Iterable[psutil.Process]) -> None:
    """Signal each process that is still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def wait(processes: Family, seconds: float) -> Family:
    """Wait until all have ended, or `seconds` have passed; return those that live on."""
    deadline = time.monotonic() + seconds
    while (living := frozenset(p for p in processes if not gone(p))) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return living


def _descendants(processes: Iterable[psutil.Process]) -> Iterator[psutil.Process]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            yield from process.children(recursive=True)


def _belonging(session: int | None, mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError, PermissionError):
            in_session = session is not None and os.getsid(process.pid) == session
            if in_session or process.environ().get(MARK, "").startswith(mark):
                yield process
