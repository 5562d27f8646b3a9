"""Recorded order books and trades as if they came now: a stream like any other."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from models.types import BadInput, Bars, Book, FloatArray, IntArray, MarketTrades
from tasks.ports import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recording(Generic[T]):
    """A subscription to values that are there already; after the last one it is silent and `over` is set."""

    values: Iterator[T]
    over: asyncio.Event

    async def next(self) -> T:
        """The next value."""
        await asyncio.sleep(0)
        for value in self.values:
            return value
        self.over.set()
        silence: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        return await silence

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class ReplayStream:
    """Books and trades of one symbol, in the order of their arrival."""

    name: str
    symbol: str
    books_then: Iterator[Book]
    trades_then: Iterator[MarketTrades]
    books_over: asyncio.Event = field(default_factory=asyncio.Event)
    trades_over: asyncio.Event = field(default_factory=asyncio.Event)

    def has(self, kind: Kind) -> bool:
        """Whether the recording has this kind."""
        return kind != "bars"

    def bars(self, symbol: str, timeframe: str) -> Recording[Bars]:
        """A recording has no bars."""
        raise BadInput(f"the recording of {self.symbol} has no {timeframe} bars of {symbol}; leave bars out")

    def trades(self, symbol: str) -> Recording[MarketTrades]:
        """The recorded trades."""
        self._require(symbol)
        return Recording(self.trades_then, self.trades_over)

    def books(self, symbol: str, depth: int) -> Recording[Book]:
        """The recorded books, the best `depth` levels of each."""
        self._require(symbol)
        books = (Book(one.ts, one.known_at, one.bids[:depth], one.asks[:depth]) for one in self.books_then)
        return Recording(books, self.books_over)

    async def over(self) -> None:
        """Wait until everything was played."""
        await self.books_over.wait()
        await self.trades_over.wait()

    def _require(self, symbol: str) -> None:
        if symbol != self.symbol:
            raise BadInput(f"the recording is of {self.symbol}, not of {symbol}")


def books_of_columns(
    exch_ts: IntArray,
    known_at: IntArray,
    bid_px: FloatArray,
    bid_qty: FloatArray,
    ask_px: FloatArray,
    ask_qty: FloatArray,
) -> Iterator[Book]:
    """One book a row in the order of the rows; sides of shape (n, levels), NaN where a level is missing."""
    for row in range(exch_ts.size):
        sides = (
            np.column_stack([price[row], quantity[row]])[np.isfinite(price[row])]
            for price, quantity in ((bid_px, bid_qty), (ask_px, ask_qty))
        )
        yield Book(int(exch_ts[row]), int(known_at[row]), *sides)


def trades_by_arrival(trades: MarketTrades) -> Iterator[MarketTrades]:
    """The trades in their order, those that arrived at one instant as one value."""
    starts = [0, *(int(row) + 1 for row in np.flatnonzero(np.diff(trades.known_at)))]
    for start, stop in zip(starts, [*starts[1:], len(trades)], strict=True):
        rows = slice(start, stop)
        yield MarketTrades(
            trades.ts[rows],
            trades.known_at[rows],
            trades.id[rows],
            trades.price[rows],
            trades.quantity[rows],
            trades.buyer_is_maker[rows],
        )
