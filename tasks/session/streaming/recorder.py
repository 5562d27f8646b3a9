"""From values to the lake: gathered for some milliseconds, appended as one frame, rolled into Parquet by the minute."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from data.tick_writer import TickWriter
from models.types import Unavailable
from tasks.session.streaming.finish import finished

T = TypeVar("T")


@dataclass(slots=True)
class Recorder(Generic[T]):
    """Records values of one market through its writer.

    Attributes:
        append: writes gathered values through the writer; when it returns, kill -9 cannot take them back.
        flush_seconds: how long values are gathered.
        roll_seconds: between two moves into Parquet.
    """

    writer: TickWriter
    append: Callable[[TickWriter, list[T]], None]
    flush_seconds: float
    roll_seconds: float
    _gathered: list[T] = field(default_factory=list)
    _failure: "asyncio.Future[None] | None" = None

    async def take(self, value: T) -> None:
        """Gather a value; it is in the lake `flush_seconds` later."""
        if not self._gathered:
            asyncio.get_running_loop().call_later(self.flush_seconds, self._flush_or_fail)
        self._gathered.append(value)

    async def keep(self) -> None:
        """Roll now and then, for ever.

        Raises:
            Unavailable: an append or a roll found no room.
        """
        self._failure = asyncio.get_running_loop().create_future()
        while True:
            await asyncio.wait([self._failure], timeout=self.roll_seconds)
            if self._failure.done():
                self._failure.result()
            self.writer.cut()
            await finished(asyncio.to_thread(self.writer.roll))

    def flush(self) -> None:
        """Write what is gathered now.

        Raises:
            Unavailable: no room; the values stay gathered.
        """
        if self._gathered:
            self.append(self.writer, self._gathered)
            self._gathered = []

    def _flush_or_fail(self) -> None:
        try:
            self.flush()
        except Unavailable as error:
            if self._failure is not None and not self._failure.done():
                self._failure.set_exception(error)
