"""What tells the exchange the time: the wall, or a test by hand."""

import time
from typing import Protocol

START_MS = 1_722_470_400_000  # 2024-08-01 00:00 UTC


class Clock(Protocol):
    """Milliseconds since 1970, UTC."""

    def now_ms(self) -> int: ...


class WallClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ManualClock:
    """A time that stands until a test moves it, also backwards."""

    def __init__(self, ms: int = START_MS) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms

    def advance(self, ms: int) -> None:
        """That many milliseconds pass."""
        self.ms += ms
