"""One lane for each kind of each symbol: its channel, what is taken out of it, and where that goes."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from data.books import LEVELS, append_books, book_store
from data.tick_writer import TickWriter
from data.ticks import Market, TickStore
from data.trades import append_trades, read_trades, trade_store
from models.types import Bars, Book, MarketTrades, Series
from models.types.timeframes import MINUTE
from tasks.ports import Clock, Kind, Subscription
from tasks.session.streaming.bars import BarTaker
from tasks.session.streaming.channel import Channel
from tasks.session.streaming.doubles import Doubles
from tasks.session.streaming.events import StreamEvent, What
from tasks.session.streaming.plan import Plan, Sources, Tally, Target
from tasks.session.streaming.recorder import Recorder

T = TypeVar("T")
Job = Callable[[], Coroutine[Any, Any, None]]
# A restart remembers the ids of the last minutes: what a venue repeats after a connect is not older.
LOOK_BACK = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Lane:
    """Work that goes on until it is cancelled, and what has to be done once more after that."""

    jobs: tuple[Job, ...]
    finish: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds lanes; writers are entered into `stack`."""

    plan: Plan
    sources: Sources
    target: Target
    clock: Clock
    rng: np.random.Generator
    report: Callable[[StreamEvent], None]
    tally: Tally
    stack: ExitStack

    def lane(self, symbol: str, kind: Kind) -> Lane:
        """The lane of one kind of one symbol."""
        self.tally.add(symbol, kind, 0)
        return {"bars": self._bars, "trades": self._trades, "books": self._books}[kind](symbol)

    def _bars(self, symbol: str) -> Lane:
        series = Series(self.sources.stream.name, symbol, self.plan.timeframe)

        def store(bars: Bars) -> None:
            self.target.store_bars(series, bars)
            self.tally.add(symbol, "bars", len(bars))

        taker = BarTaker(
            symbol=symbol,
            timeframe=self.plan.timeframe,
            feed=self.sources.feed,
            store=store,
            clock=self.clock,
            say=partial(self._say, symbol, "bars"),
            last=self.target.last_bar(series),
        )
        subscribe = partial(self.sources.stream.bars, symbol, self.plan.timeframe)
        poll = None if self.sources.feed is None else taker.poll
        channel = self._channel(symbol, "bars", subscribe, poll, taker.take, taker.catch_up)
        return Lane((channel.keep,), _nothing)

    def _trades(self, symbol: str) -> Lane:
        writer = self._writer(symbol, trade_store(self.target.lake))
        recent = read_trades(self.target.lake, writer.market, since=self.clock.now() - LOOK_BACK)
        doubles = Doubles(recent.id)

        def append(writer: TickWriter, trades: list[MarketTrades]) -> None:
            append_trades(writer, trades)
            self.tally.add(symbol, "trades", sum(len(one) for one in trades))

        recorder = self._recorder(writer, append)

        async def take(trades: MarketTrades) -> None:
            fresh = doubles.without(trades)
            if len(fresh):
                await recorder.take(fresh)

        subscribe = partial(self.sources.stream.trades, symbol)
        channel = self._channel(symbol, "trades", subscribe, None, take, _no_catching_up)
        return Lane((channel.keep, recorder.keep), recorder.flush)

    def _books(self, symbol: str) -> Lane:
        def append(writer: TickWriter, books: list[Book]) -> None:
            append_books(writer, books)
            self.tally.add(symbol, "books", len(books))

        recorder = self._recorder(self._writer(symbol, book_store(self.target.lake)), append)
        subscribe = partial(self.sources.stream.books, symbol, LEVELS)
        channel = self._channel(symbol, "books", subscribe, self._book_poll(symbol), recorder.take, _no_catching_up)
        return Lane((channel.keep, recorder.keep), recorder.flush)

    def _book_poll(self, symbol: str) -> Callable[[], list[Book]] | None:
        feed = self.sources.books
        return None if feed is None else lambda: [feed.book(symbol, LEVELS)]

    def _writer(self, symbol: str, store: TickStore) -> TickWriter:
        market = Market(self.sources.stream.name, symbol)
        return self.stack.enter_context(TickWriter(store, market, lambda _: None))

    def _recorder(self, writer: TickWriter, append: Callable[[TickWriter, list[T]], None]) -> Recorder[T]:
        return Recorder(writer, append, self.plan.flush_seconds, self.plan.roll_seconds)

    def _channel(
        self,
        symbol: str,
        kind: Kind,
        subscribe: Callable[[], Subscription[T]],
        poll: Callable[[], list[T]] | None,
        take: Callable[[T], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
    ) -> Channel[T]:
        streamed = subscribe if self.sources.stream.has(kind) else None
        say = partial(self._say, symbol, kind)
        return Channel(streamed, poll, take, catch_up, say, self.plan.patience[kind], self.rng)

    def _say(self, symbol: str, kind: Kind, what: What, reason: str) -> None:
        event = StreamEvent(self.clock.now(), self.sources.stream.name, symbol, kind, what, reason)
        self.tally.count(event)
        self.report(event)


def _nothing() -> None:
    return


async def _no_catching_up() -> None:
    return
