"""Signs of life of whoever trades or watches: each is a promise of the next one, and its end is said."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from data.journal import TRADER, Beat, Heartbeats, Holder, Journal
from models.types import Unavailable
from tasks.adapters.clocks import SystemClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.ports import Checkpoint, Clock
from tasks.session.desk import Desk

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Pulse:
    """Of one process, under one name."""

    beats: Heartbeats
    clock: Clock
    name: str
    holder: Holder
    detail: str

    def beat(self, seconds: float) -> None:
        """I am alive, and shall be heard of again within so many seconds; nothing where another one that lives has
        promised that: its silence has to show.

        Raises:
            Unavailable: the journal cannot be written; the last promise stands.
        """
        now = self.clock.now()
        if not self._is_anothers(now):
            self.beats.beat(Beat(self.name, self.holder, now, now + round(seconds * SECOND), self.detail))

    def end(self) -> None:
        """Nothing is promised any more. Whatever another process said under the name since stays."""
        last = self.beats.last(self.name)
        if last is None or last.holder == self.holder:
            self.beats.beat(Beat(self.name, self.holder, self.clock.now(), None, self.detail))

    def _is_anothers(self, now: int) -> bool:
        """Whether another process has promised something and is not known to be gone; of another machine's only what it
        promised is known.
        """
        last = self.beats.last(self.name)
        if last is None or last.due_at is None or last.holder == self.holder or is_gone(last.holder):
            return False
        return last.holder.host == socket.gethostname() or not last.is_late(now)


@contextmanager
def alive(journal: Journal, clock: Clock, seconds: float, detail: str, name: str = TRADER) -> Iterator[Pulse]:
    """A promise to be heard of within so many seconds, given at the beginning and renewed by `Pulse.beat`; the end is
    said however the context ends. A process that is killed leaves its promise standing.
    """
    pulse = Pulse(Heartbeats(journal.engine), clock, name, this_process(), detail)
    pulse.beat(seconds)
    try:
        yield pulse
    finally:
        pulse.end()


@contextmanager
def alive_cycle(desk: Desk, journal: Journal) -> Iterator[Checkpoint]:
    """Signs of life around one cycle that runs now; none of one with a clock that stands. Each is good for
    guardian.cycle_seconds, and renewed by the checkpoint that is given, at most every guardian.silence_seconds.
    """
    if not isinstance(desk.clock, SystemClock):
        yield _unheard
        return
    settings = desk.loaded.settings.guardian
    with alive(journal, desk.clock, settings.cycle_seconds, "cycle") as pulse:
        yield _renewing(pulse, settings.cycle_seconds, round(settings.silence_seconds * SECOND))


def _renewing(pulse: Pulse, seconds: float, every: int) -> Checkpoint:
    last = monotonic()

    def passed(label: str) -> None:  # noqa: ARG001 - where does not matter: it is progress
        nonlocal last
        now = monotonic()
        if now - last < every:
            return
        last = now
        with suppress(Unavailable):  # a journal that cannot be written is silence; no order fails for it
            pulse.beat(seconds)

    return passed


def _unheard(label: str) -> None:
    """Nobody waits for a sign of life."""
