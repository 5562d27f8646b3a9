"""Clocks."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's UTC time."""

    def now(self) -> int:
        """UTC microseconds since 1970."""
        return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands: for replays and tests."""

    moment: int

    def now(self) -> int:
        """UTC microseconds since 1970."""
        return self.moment
