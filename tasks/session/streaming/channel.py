"""One kind of one symbol, kept alive: listens, notices silence and gaps, comes back, and asks by request meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from models.types import Unavailable
from tasks.ports import OutOfStep, Subscription
from tasks.session.streaming.events import What
from tasks.session.streaming.patience import Patience

T = TypeVar("T")
Say = Callable[[What, str], None]


@dataclass(slots=True)
class Channel(Generic[T]):
    """Brings values to `take` until it is cancelled.

    Attributes:
        subscribe: opens a connection; None where the venue streams nothing of this kind.
        poll: asks by request, in a thread, while the stream is down; None where there is no such request.
        catch_up: awaited with the first value of every connection, before the value is taken.
    """

    subscribe: Callable[[], Subscription[T]] | None
    poll: Callable[[], list[T]] | None
    take: Callable[[T], Awaitable[None]]
    catch_up: Callable[[], Awaitable[None]]
    say: Say
    patience: Patience
    rng: np.random.Generator
    _polling: "asyncio.Task[None] | None" = None
    _ended: What = What.CONNECTED
    _failures: int = field(default=0)

    async def keep(self) -> None:
        """Listen for ever.

        Raises:
            BadInput: the venue has no such symbol or timeframe.
            Unavailable: the venue stayed away for all attempts, or there is neither stream nor request.
        """
        try:
            while self.subscribe is not None:
                await self._listen(self.subscribe())
                if self._failures >= self.patience.attempts:
                    raise Unavailable(f"the stream stayed away for {self._failures} attempts; see the events before")
                self._failures += 1
                await self._pause()
            self._fall_back("the venue streams nothing of this kind")
            if self._polling is not None:
                await self._polling
        finally:
            self._stop_polling()

    async def _listen(self, subscription: Subscription[T]) -> None:
        try:
            first = True
            while (value := await self._hear(subscription)) is not None:
                if first:
                    await self._begin()
                    first = False
                await self.take(value)
        finally:
            await subscription.close()

    async def _hear(self, subscription: Subscription[T]) -> T | None:
        """The next value; None when this connection is over, which is said."""
        try:
            async with asyncio.timeout(self.patience.stale):
                return await subscription.next()
        except TimeoutError:
            self._end(What.STALE, f"silent for {self.patience.stale:g} s")
        except OutOfStep as error:
            self._end(What.OUT_OF_STEP, str(error))
        except Unavailable as error:
            self._end(What.DROPPED, str(error))
        return None

    async def _begin(self) -> None:
        turn = {What.CONNECTED: What.CONNECTED, What.OUT_OF_STEP: What.RESYNCED}.get(self._ended, What.BACK)
        self._stop_polling()
        self._failures = 0
        await self.catch_up()
        self.say(turn, "the venue speaks")

    def _end(self, what: What, reason: str) -> None:
        self._ended = what
        self.say(what, reason)

    async def _pause(self) -> None:
        self._fall_back("the stream is down")
        delay = self.patience.delay(self._failures, self.rng)
        self.say(What.RECONNECTING, f"attempt {self._failures} in {delay:.2f} s")
        await asyncio.sleep(delay)

    def _fall_back(self, reason: str) -> None:
        if self._polling is not None:
            if self._polling.done():
                self._polling.result()
            return
        if self.poll is None:
            if self.subscribe is None:
                raise Unavailable("the venue has neither a stream nor a request for this kind; leave it out")
            return
        self.say(What.FALLBACK, reason)
        self._polling = asyncio.create_task(self._poll(self.poll))

    async def _poll(self, poll: Callable[[], list[T]]) -> None:
        failed = False
        while True:
            try:
                values: list[Any] = await asyncio.to_thread(poll)
            except Unavailable as error:
                if not failed:
                    self.say(What.FALLBACK_FAILED, str(error))
                failed = True
            else:
                failed = False
                for value in values:
                    await self.take(value)
            await asyncio.sleep(self.patience.poll)

    def _stop_polling(self) -> None:
        # Not awaited: an answer that is under way comes to nobody, and the stream must not wait for it.
        if self._polling is not None:
            self._polling.cancel()
            self._polling = None
