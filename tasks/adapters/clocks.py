"""Clocks."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
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

    async def pause(self, micros: int, ended: asyncio.Event) -> None:
        """Return after so many microseconds, or when it has ended; the loop goes on meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(micros, 0) / 1e6):
                await ended.wait()


@dataclass(frozen=True, slots=True)
class SigningClock(SystemClock):
    """The machine's time; `sign` hears of every wait as it ends: whoever waits again and again has not stopped."""

    sign: Callable[[str], None]

    def sleep(self, micros: int) -> None:
        """Return after so many microseconds."""
        SystemClock.sleep(self, micros)
        self.sign("waited")


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

    async def pause(self, micros: int, ended: asyncio.Event) -> None:  # noqa: ARG002 - it is over at once
        """Be so much later; the loop goes on meanwhile."""
        self.moment += max(micros, 0)
        await asyncio.sleep(0)
