"""What a venue tells by itself of orders and fills, for as long as one listens: connections come and go."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

from models.types import Unavailable
from models.types.wire import Report, VenueTrade
from tasks.adapters.brokers.line import OUT_OF_FORM, Line
from tasks.adapters.brokers.stream_exchange import open_stream_exchange, streams_of

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# A venue that does not even answer a farewell is left to the garbage collector.
FAREWELL_S = 2.0


@dataclass(frozen=True, slots=True)
class Resumed:
    """There is a connection (again): what happened before it has to be asked for. `at`: UTC microseconds."""

    at: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Nothing is heard from now on, until it resumes. `why` names no address and no key."""

    at: int
    why: str


Told: TypeAlias = Report | VenueTrade | Resumed | Interrupted


@dataclass(frozen=True, slots=True)
class UserStream:
    """One account's. Values come as the venue sends them: late, twice and out of order at times.

    A connection that is silent for `silence` seconds counts as half-open and is replaced: an idle account hears no more
    than Interrupted and Resumed by turns, and is asked by request each time. `sleep` takes seconds.
    """

    line: Line
    silence: float
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def told(self) -> AsyncGenerator[Told, None]:
        """Without end; close the iterator to let the connection go.

        Raises:
            BadInput, Refused: the stream cannot be opened as the account is set up.
        """
        failures = 0
        while True:
            exchange = open_stream_exchange(self.line)
            try:
                async with aclosing(self._connection(exchange)) as values:
                    async for value in values:
                        failures = failures if isinstance(value, Resumed) else 0
                        yield value
            except TimeoutError:
                yield self._interrupted(f"nothing was heard for {self.silence:g} s")
            except Unavailable as error:
                yield self._interrupted(str(error))
                await self.sleep(self._pause(failures))
                failures += 1
            finally:
                await _close(exchange)

    async def _connection(self, exchange: Any) -> AsyncGenerator[Told, None]:
        """What one connection brings, after a Resumed.

        Raises:
            TimeoutError: it is silent.
            Unavailable: it is lost, or says what is not of the form.
        """
        streams, inbox = streams_of(self.line), asyncio.Queue[Any]()
        async with asyncio.timeout(self.silence):
            told = await _awaited(streams.subscribe(exchange))
        if isinstance(told, str):
            raise Unavailable(told)
        pumps = [asyncio.create_task(_pump(exchange, method, inbox)) for method in streams.methods]
        try:
            yield Resumed(self.line.clock.now())
            while True:
                async with asyncio.timeout(self.silence):
                    method, rows = await inbox.get()
                for row in self._values(method, rows):
                    yield row
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    def _values(self, method: str, rows: Any) -> list[Report | VenueTrade]:
        if isinstance(rows, str):
            raise Unavailable(rows)
        line = self.line
        try:
            if method == "watch_orders":
                return [line.report(row) for row in rows]
            return [line.dialect.trade(line.dialect.venue.name, row) for row in rows]
        except OUT_OF_FORM as error:
            raise Unavailable(f"an event of another form than documented ({type(error).__name__})") from error

    def _interrupted(self, why: str) -> Interrupted:
        return Interrupted(self.line.clock.now(), why)

    def _pause(self, failures: int) -> float:
        longest = min(FIRST_PAUSE_S * 2.0 ** min(failures, 10), LONGEST_PAUSE_S)
        return float(longest * self.line.rng.uniform(0.5, 1.0))


async def _pump(exchange: Any, method: str, inbox: "asyncio.Queue[Any]") -> None:
    # It asks again before it lets go of the loop: ccxt wakes only those that wait as an event comes in.
    while True:
        rows = await _awaited(getattr(exchange, method)())
        inbox.put_nowait((method, rows))
        if isinstance(rows, str):
            return


async def _awaited(answer: Awaitable[Any]) -> Any:
    """The answer, or how the connection ended: the text of ccxt's errors, which may hold more, goes no further."""
    import ccxt

    try:
        return await answer
    except (ccxt.BaseError, OSError, *OUT_OF_FORM) as error:
        return f"the connection is lost ({type(error).__name__})"
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # ccxt gives its own waiters up like this.
        return "the connection is lost (given up)"


async def _close(exchange: Any) -> None:
    import ccxt

    try:
        async with asyncio.timeout(FAREWELL_S):
            await exchange.close()
    except (TimeoutError, ccxt.BaseError, OSError):
        return
