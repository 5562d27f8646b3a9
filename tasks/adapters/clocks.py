"""Clocks."""

import time
from dataclasses import dataclass


def monotonic() -> int:
    """Microseconds since some moment, by a clock that nobody sets."""
    return time.monotonic_ns() // 1000


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's UTC time."""

    def now(self) -> int:
        """UTC microseconds since 1970."""
        return time.time_ns() // 1000

    def sleep(self, micros: int) -> None:
        """Return after so many microseconds."""
        time.sleep(micros / 1e6)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands: for replays and tests."""

    moment: int

    def now(self) -> int:
        """UTC microseconds since 1970."""
        return self.moment


@dataclass(slots=True)
class VirtualClock:
    """A clock that moves on when it is waited on: for simulations."""

    moment: int

    def now(self) -> int:
        """UTC microseconds since 1970."""
        return self.moment

    def sleep(self, micros: int) -> None:
        """Be so much later."""
        self.moment += max(micros, 0)
