"""Hears of changed configuration files: at once where the file system tells, within a second where it does not."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import Change, watch

# Editors write in steps: what was quiet for STEP_MS is looked at, and what keeps changing after DEBOUNCE_MS.
STEP_MS = 10
DEBOUNCE_MS = 50
# What is not valid is looked at again after this: it may have been half of a file.
GRACE_S = 0.04
# Also the time between two looks of our own: no file system tells of changes made on another machine.
IDLE_MS = 1000
AGAIN_S = 1.0
PATTERNS = ("*.yaml", "*.yml", "stages/*.yaml", "genomes/*.json")

Signature = frozenset[tuple[str, int, int, int]]
_log = logging.getLogger(__name__)


class FileWatch:
    """A thread that calls `offered(final)` after every change below `folder`, the configuration's.

    `offered` says whether the files were valid; when they were not it is called once more with `final` a moment later.
    The first call is made at the start: whatever changed since the files were loaded is not missed.
    """

    def __init__(self, folder: Path, offered: Callable[[bool], bool]) -> None:
        self._folder = folder
        self._offered = offered
        self._known: Signature = frozenset()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parameter files", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look(hinted=False)
                for changes in self._hints():
                    self._look(hinted=bool(changes))
            except Exception:  # noqa: BLE001 - logged; a watch that ends is a change that nobody hears of
                _log.exception("the watch over the configuration's files failed; it begins again")
                self._known = frozenset()
                self._stop.wait(AGAIN_S)

    def _hints(self) -> Iterator[set[tuple[Change, str]]]:
        return watch(
            self._folder,
            watch_filter=_is_ours,
            step=STEP_MS,
            debounce=DEBOUNCE_MS,
            stop_event=self._stop,
            rust_timeout=IDLE_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )

    def _look(self, hinted: bool) -> None:
        # Two writes within a tick of the file system's clock look the same from outside: a hint counts by itself.
        found = signature(self._folder)
        if found == self._known and not hinted:
            return
        self._known = found
        if not self._offered(False) and not self._stop.wait(GRACE_S):
            self._known = signature(self._folder)
            self._offered(True)


def signature(folder: Path) -> Signature:
    """Which files there are and how they look from outside; another one when any was written or replaced."""
    seen = set()
    for pattern in PATTERNS:
        for path in folder.glob(pattern):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # removed since the folder was listed
            seen.add((str(path), found.st_mtime_ns, found.st_size, found.st_ino))
    return frozenset(seen)


def _is_ours(_change: Change, path: str) -> bool:
    return path.endswith((".yaml", ".yml", ".json"))
