"""What venues tell by themselves between two cycles: heard in a thread of its own, written under the lease."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress

from data.journal import Journal
from models.types import KeelError, Refused
from tasks.adapters.brokers.user_stream import Told
from tasks.session.ordering.following import follow_account
from tasks.session.ordering.live import LiveBroker

# A venue that does not even answer a farewell is left behind with its thread.
FAREWELL_S = 5.0


class Ears:
    """One account's stream, from `open` to `close`. `book` is the one that is caught up for after every (re)connect.

    What cannot be written because a cycle is at work is asked for by that cycle, or by request as soon as it is over.
    """

    def __init__(
        self,
        venue: str,
        stream: Callable[[], AsyncGenerator[Told, None]],
        broker: LiveBroker,
        journal: Journal,
        book: str,
    ) -> None:
        self._venue, self._stream, self._broker = venue, stream, broker
        self._journal, self._book = journal, book
        self._missed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"ears {venue}", daemon=True)

    def open(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._begun.wait(FAREWELL_S)

    def close(self) -> None:
        """Let the connection go."""
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(FAREWELL_S)

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._begun.set()
        try:
            async with aclosing(self._stream()) as told:
                async for one in told:
                    await self._hear(one)
        except KeelError as error:
            text = f"{self._venue} tells nothing of orders by itself ({error}); they are asked for at every bar"
            self._broker.desk.alert(f"ears {self._venue} {error}", "warning", text)

    async def _hear(self, told: Told) -> None:
        try:
            with self._broker.at_work() as working:
                if not isinstance(working, LiveBroker):
                    raise TypeError(f"only venues tell of orders, {working.name} does not")
                if self._missed:
                    self._catch_up(working)
                await follow_account(working.desk, self._venue, _only(told), lambda: self._catch_up(working))
        except Refused:
            self._missed = True

    def _catch_up(self, working: LiveBroker) -> None:
        working.recover(self._book, self._journal.last_decision(self._book))
        self._missed = False


async def _only(told: Told) -> AsyncIterator[Told]:
    yield told
