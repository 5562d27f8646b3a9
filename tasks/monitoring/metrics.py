"""The text that Prometheus scrapes: one look, the journal's counters, and what the background has found last.

Prometheus waits for one second. Where a look takes longer, because a search has all processors, it gets the text of the
scrape before, for a while: a machine at work is no machine that is down.

A scrape writes nothing, waits for no writer and keeps none waiting. A part that cannot be read is a
`keel_component_up` of 0 and costs no other figure.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from data.journal import Journal
from data.journal.present import present
from models.types import KeelError
from tasks.monitoring.background import Background
from tasks.monitoring.counted import Counts
from tasks.monitoring.looked import looked
from tasks.monitoring.samples import Sample, text_of
from tasks.monitoring.standing import alerts, standing
from tasks.session.overview import Overview

# That a scrape waits for new figures, and how old those may be that it gets instead; Prometheus waits for a second.
PATIENCE_S, OLDEST_S = 0.6, 15.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Metrics:
    """Of one home. Several threads may ask at once: one thread reads for all of them.

    Attributes:
        look: one look at everything; it never raises for a part.
        journal: opens the journal, or gives the one that is open.
        now: UTC microseconds.
        build: version and release of the code.
        patience: that a scrape waits for new figures, seconds.
    """

    look: Callable[[], Overview]
    journal: Callable[[], Journal]
    background: Background
    counts: Counts
    now: Callable[[], int]
    build: tuple[str, str]
    patience: float = PATIENCE_S
    _told: dict[str, str] = field(default_factory=dict)
    _text: bytes = b""
    _made_at: float = -OLDEST_S
    _running: "Future[bytes] | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "metrics"))

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format; those of before, OLDEST_S old at most, where they take too long."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._reader.submit(self._made)
            running = self._running
        late = wait([running], self.patience).not_done
        if late and time.monotonic() - self._made_at < OLDEST_S:
            return self._text
        return running.result()

    def _made(self) -> bytes:
        begin = time.monotonic()
        self._text = text_of(self._samples(), self.counts.bounds)
        self._made_at = begin
        return self._text

    def _samples(self) -> list[Sample]:
        troubles: dict[str, str] = {}
        begin = time.perf_counter()
        found, view = self._looked(troubles)
        seconds = time.perf_counter() - begin
        books = [] if view is None else [view.book]
        symbols = [] if view is None else sorted({one.symbol for one in view.regimes})
        found += self._of_journal(books, troubles)
        found += self.counts.samples(books, symbols)
        found += self.background.samples()
        found += [Sample("keel_look_seconds", (), seconds), Sample("keel_build_info", self.build, 1.0)]
        troubles |= self.background.troubles()
        self._tell(troubles)
        return [*found, *_down(troubles, found)]

    def _looked(self, troubles: dict[str, str]) -> tuple[list[Sample], Overview | None]:
        try:
            view = self.look()
            return [*looked(view), *alerts(view.alerts)], view
        except Exception as error:  # noqa: BLE001 - shown as a part that is not well, and trading as not available
            troubles["overview"] = f"{type(error).__name__}: {error}"
            return [Sample("keel_available", (), 0.0)], None

    def _of_journal(self, books: list[str], troubles: dict[str, str]) -> list[Sample]:
        try:
            journal = self.journal()
            now = self.now()
            found = [*standing(present(journal.engine, now), books, now)]
        except Exception as error:  # noqa: BLE001 - shown as a part that is not well; the counters keep what they had
            troubles["journal figures"] = (
                str(error) if isinstance(error, KeelError) else f"{type(error).__name__}: {error}"
            )
            return []
        troubles |= self.counts.catch_up(journal)
        return found

    def _tell(self, troubles: Mapping[str, str]) -> None:
        """Into the log, once for each new trouble."""
        for name, why in troubles.items():
            if self._told.get(name) != why:
                _log.warning("metrics lack %s: %s", name, why)
        self._told = dict(troubles)


def _down(troubles: Mapping[str, str], found: list[Sample]) -> Iterator[Sample]:
    known = {one.labels[0] for one in found if one.name == "keel_component_up"}
    for name in troubles.keys() - known:
        yield Sample("keel_component_up", (name, "no"), 0.0)
