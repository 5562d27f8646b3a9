"""The session's sign of life: given only while there is progress, so that one that spins or hangs goes silent."""

import threading
from collections.abc import Callable

from conf.schema.control import GuardianConfig
from data.journal import TRADER, Beat, Heartbeats, Holder
from models.types import Unavailable
from tasks.ports import Clock

SECOND = 1_000_000


class Pulse:
    """Beats under the name trader. `sign` may be called by any thread, everything else by the loop.

    A beat promises the next one within guardian.silence_seconds of the last sign of progress. While `monotonic`
    (microseconds, nobody sets it) has gone on for longer than that without a sign, nothing is written: the promise
    before it runs out.
    """

    def __init__(
        self, hearts: Heartbeats, holder: Holder, clock: Clock, settings: GuardianConfig, monotonic: Callable[[], int]
    ) -> None:
        self._hearts, self._holder, self._clock, self._monotonic = hearts, holder, clock, monotonic
        self._every = round(settings.beat_seconds * SECOND)
        self._silence = round(settings.silence_seconds * SECOND)
        self._cycle = round(settings.cycle_seconds * SECOND)
        self._signed = monotonic()
        self._beaten: int | None = None
        self._promised = threading.Event()
        self.detail = "begins"

    @property
    def every(self) -> int:
        """Microseconds between two beats."""
        return self._every

    @property
    def silence(self) -> int:
        """Microseconds without progress after which nothing is said."""
        return self._silence

    def sign(self, label: str = "") -> None:  # noqa: ARG002 - a checkpoint says where, progress is progress
        """There is progress."""
        self._signed = self._monotonic()

    def beat(self) -> None:
        """Give one where the last one is old enough and there was progress since."""
        now = self._monotonic()
        age = now - self._signed
        if self._promised.is_set() or age >= self._silence or not self._is_time(now):
            return
        self._beaten = now
        self._write(self._clock.now() + self._silence - age)

    def promise(self) -> None:
        """To be heard of again within guardian.cycle_seconds: what is compiled for the first time takes minutes. Until
        `kept` nothing else is written.
        """
        self._write(self._clock.now() + self._cycle)
        self._promised.set()

    def kept(self) -> None:
        """What was promised is done."""
        self._promised.clear()
        self._beaten = None
        self.sign()
        self.beat()

    def end(self) -> None:
        """It ended as it should: nothing is promised."""
        self._write(None)

    def _is_time(self, now: int) -> bool:
        return self._beaten is None or not 0 <= now - self._beaten < self._every

    def _write(self, due_at: int | None) -> None:
        """A journal that cannot be written is silence, which is what it has to look like."""
        try:
            self._hearts.beat(Beat(TRADER, self._holder, self._clock.now(), due_at, self.detail))
        except Unavailable:
            self._beaten = None
