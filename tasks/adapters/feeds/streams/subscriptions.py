"""The three subscriptions, each on a line of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from models.types import Bars, Book, MarketTrades
from tasks.adapters.feeds.streams.closing import ClosedBars
from tasks.adapters.feeds.streams.line import Line
from tasks.adapters.feeds.streams.rows import bars_of, book_of, trades_of
from tasks.ports import Clock

Ready = Callable[[Line], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BarLine:
    """Closed bars of one symbol; an empty value when the venue spoke of the open bar only."""

    line: Line
    ready: Ready
    symbol: str
    timeframe: str
    closing: ClosedBars

    async def next(self) -> Bars:
        """What has closed since the last call; if nothing has, what has with the venue's next message."""
        await self.ready(self.line)
        # ccxt wakes nobody for a message that came while nobody waited: look before waiting.
        closed = self._closed()
        if not closed:
            await self.line.ask("watch_ohlcv", self.symbol, self.timeframe)
            closed = self._closed()
        return bars_of(closed)

    async def close(self) -> None:
        """Let the connection go."""
        await self.line.close()

    def _closed(self) -> list[list[Any]]:
        # All rows, not ccxt's answer: that has its newest ones, and the one that just changed may be an older one.
        return self.closing.take(list(self.line.exchange.ohlcvs.get(self.symbol, {}).get(self.timeframe, [])))


@dataclass(frozen=True, slots=True)
class TradeLine:
    """Trades of one symbol."""

    line: Line
    ready: Ready
    symbol: str
    clock: Clock

    async def next(self) -> MarketTrades:
        """The trades since the last call."""
        await self.ready(self.line)
        rows = await self.line.ask("watch_trades", self.symbol)
        return trades_of(self.line.exchange.id, rows, self.clock.now())

    async def close(self) -> None:
        """Let the connection go."""
        await self.line.close()


@dataclass(frozen=True, slots=True)
class BookLine:
    """Order books of one symbol. `asked` levels are kept by ccxt (None: all that the venue sends)."""

    line: Line
    ready: Ready
    symbol: str
    depth: int
    asked: int | None
    clock: Clock

    async def next(self) -> Book:
        """The book as it stands after the venue's next message."""
        await self.ready(self.line)
        raw = await self.line.ask("watch_order_book", self.symbol, self.asked)
        return book_of(raw, self.depth, self.clock.now())

    async def close(self) -> None:
        """Let the connection go."""
        await self.line.close()
