"""From a venue's event to a row that a reader of the lake sees, the whole stream and a roll each second between."""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data.books import read_books
from data.lake import Lake
from data.ticks import Market
from models.types import BadInput, Bars, Book, MarketTrades
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock
from tasks.adapters.feeds.streams import Kind, Subscription
from tasks.ports import Clock
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.streaming import Patience, Plan, Sources, Tally, Target, run_streams

EVENTS = 300
# The first file of a process takes a second; a recorder does that once.
WARM_UP = 20
EVERY = 0.02  # seconds between two events: fifty a second
LOOK = 0.002  # seconds between two looks into the lake
TARGET = 100.0
MARKET = Market("bench", "BTC/USDT")
SIDE = np.column_stack([np.arange(20, 0, -1.0), np.ones(20)])


def bench_stream(place: Workplace) -> Figure:
    """Worst milliseconds from event to readable, and how many times the median that is."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        waits = asyncio.run(_waits(Lake(Path(name))))[WARM_UP:]
    worst, usual = 1e3 * max(waits), 1e3 * statistics.median(waits)
    said = f"the median of {EVENTS} order books, {usual:.0f} ms"
    return Figure("stream", worst, "ms from event to lake", said, worst / usual, "worst <= 100 ms", worst <= TARGET)


@dataclass(frozen=True, slots=True)
class PacedStream:
    """Order books, one every EVERY seconds; each knows when it happened."""

    clock: Clock
    name: str = MARKET.venue

    def has(self, kind: Kind) -> bool:
        """Books only."""
        return kind == "books"

    def bars(self, symbol: str, timeframe: str) -> Subscription[Bars]:
        """None."""
        raise BadInput(f"no {timeframe} bars of {symbol} here")

    def trades(self, symbol: str) -> Subscription[MarketTrades]:
        """None."""
        raise BadInput(f"no trades of {symbol} here")

    def books(self, _symbol: str, _depth: int) -> "PacedBooks":
        """Books, for ever."""
        return PacedBooks(self.clock)


@dataclass(slots=True)
class PacedBooks:
    """The subscription."""

    clock: Clock
    _begin: float = field(default_factory=time.monotonic)
    _sent: int = 0

    async def next(self) -> Book:
        """The next book, when its time has come."""
        self._sent += 1
        await asyncio.sleep(max(0.0, self._begin + self._sent * EVERY - time.monotonic()))
        now = self.clock.now()
        return Book(now, now, SIDE, SIDE)

    async def close(self) -> None:
        """Nothing is open."""


async def _waits(lake: Lake) -> list[float]:
    clock = SystemClock()
    patience = Patience(stale=60.0, first_delay=1.0, longest_delay=1.0, attempts=1, poll=1.0)
    plan = Plan((MARKET.symbol,), ("books",), "1m", {"books": patience}, flush_seconds=0.025, roll_seconds=1.0)
    target = Target(lake, lambda _series, _bars: None, lambda _series: None)
    sources = Sources(PacedStream(clock), None, None)
    rng = np.random.default_rng(1)
    job = asyncio.create_task(
        run_streams(plan, sources, target, clock, rng, lambda _event: None, Tally(), EVERY * 10 * EVENTS)
    )
    watch = asyncio.create_task(asyncio.to_thread(_watch, lake, clock, EVERY * 5 * EVENTS))
    await asyncio.wait([job, watch], return_when=asyncio.FIRST_COMPLETED)
    if job.done():
        job.result()
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    return await watch


def _watch(lake: Lake, clock: Clock, seconds: float) -> list[float]:
    """Seconds from each event to the look that found it, in their order."""
    waits: list[float] = []
    since, deadline = 0, time.monotonic() + seconds
    while len(waits) < EVENTS + WARM_UP and time.monotonic() < deadline:
        rows = read_books(lake, MARKET, since)
        now = clock.now()
        if len(rows):
            since = int(rows.ts[-1]) + 1
            waits += [(now - int(moment)) / SECOND for moment in rows.exch_ts]
        time.sleep(LOOK)
    return waits
