"""Public streams of a crypto venue through ccxt.pro; no key is needed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tasks.adapters.feeds.streams.closing import MARKS, ClosedBars, note_marks
from tasks.adapters.feeds.streams.line import Line
from tasks.adapters.feeds.streams.subscriptions import BarLine, BookLine, TradeLine
from tasks.ports import Clock, Kind

METHODS: dict[Kind, str] = {"bars": "watchOHLCV", "trades": "watchTrades", "books": "watchOrderBook"}
# Levels to ask for where the venue's default is too few. Elsewhere all: ccxt cannot refill what it threw away.
ASKED = {"kraken": 25}


@dataclass(slots=True)
class CcxtStream:
    """Streams of one venue; `connect` makes a fresh ccxt.pro exchange, and every subscription has its own.

    The markets are loaded once and shared by all of them.
    """

    name: str
    connect: Callable[[], Any]
    clock: Clock
    _knows_markets: Any = field(default=None)
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has(self, kind: Kind) -> bool:
        """Whether the venue streams this kind."""
        return bool(self.connect().has[METHODS[kind]])

    def bars(self, symbol: str, timeframe: str) -> BarLine:
        """Closed bars as they close."""
        line = Line(self.connect())
        closing = ClosedBars(marks=self.name in MARKS)
        if closing.marks:
            note_marks(line.exchange, closing)
        return BarLine(line, self._ready, symbol, timeframe, closing)

    def trades(self, symbol: str) -> TradeLine:
        """Trades as they come."""
        return TradeLine(Line(self.connect()), self._ready, symbol, self.clock)

    def books(self, symbol: str, depth: int) -> BookLine:
        """Order books as they change."""
        return BookLine(Line(self.connect()), self._ready, symbol, depth, ASKED.get(self.name), self.clock)

    async def _ready(self, line: Line) -> None:
        if line.exchange.markets is not None:
            return
        async with self._loading:
            if self._knows_markets is None:
                await line.ask("load_markets")
                self._knows_markets = line.exchange
        line.exchange.set_markets_from_exchange(self._knows_markets)
