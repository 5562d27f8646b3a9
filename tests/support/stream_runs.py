"""A run of streams against the loopback venue, with requests to the same venue as the fallback."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from stream_venue import FIRST_MS, MINUTE_MS, StreamVenue, running_stream_venue

from data.books import BookRows, read_books
from data.lake import Lake
from data.ticks import Market
from data.trades import read_trades
from models.types import Bars, Book, MarketTrades, Unavailable
from tasks.adapters.clocks import SystemClock
from tasks.adapters.feeds.streams import CcxtStream, Kind, build_stream_exchange
from tasks.ports import Page
from tasks.session.streaming import Patience, Plan, Sources, StreamEvent, Tally, Target, What, run_streams

BTC = Market("binance", "BTC/USDT")
DEAD = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Requests:
    """Bars and books by REST from the loopback venue."""

    url: str
    name: str = "loopback"

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        rows = self._get(f"klines?startTime={(since or 0) // 1000}")
        table = np.array([row[:6] for row in rows], np.float64).reshape(-1, 6)
        yield Page(Bars(table[:, 0].astype(np.int64) * 1000, *(table[:, k].copy() for k in range(1, 6))), self.name)

    def book(self, symbol: str, depth: int) -> Book:
        told, now = self._get(f"depth?limit={depth}"), SystemClock().now()
        return Book(now, now, *(np.array(told[side], np.float64) for side in ("bids", "asks")))

    def _get(self, what: str) -> Any:
        try:
            with urllib.request.urlopen(f"http://{self.url}/api/v3/{what}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.URLError as error:
            raise Unavailable(f"the venue did not answer ({error})") from error


def loopback_exchange(venue: StreamVenue) -> Any:
    """The product's exchange, with every address but the venue's dead."""
    exchange = build_stream_exchange("binance", None, None)
    exchange.urls["api"] = {
        "public": f"http://{venue.url}/api/v3",
        "private": f"{DEAD}/api/v3",
        "v1": DEAD,
        "sapi": DEAD,
        "ws": {"spot": f"ws://{venue.url}/stream/ws", "ws-api": {"spot": "ws://127.0.0.1:9"}},
    }
    return exchange


@dataclass
class Running:
    """A run under way."""

    venue: StreamVenue
    lake: Lake
    events: list[StreamEvent] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    job: "asyncio.Task[None] | None" = None

    def what(self) -> list[What]:
        return [event.what for event in self.events]

    def books(self) -> BookRows:
        return read_books(self.lake, BTC)

    def trades(self) -> MarketTrades:
        return read_trades(self.lake, BTC)

    def closes(self) -> dict[int, float]:
        """Number of each stored bar and its close, in the order of storing; none is stored twice."""
        stored = [(int(ts), float(close)) for bars in self.bars for ts, close in zip(bars.ts, bars.close, strict=True)]
        assert [ts for ts, _ in stored] == sorted({ts for ts, _ in stored})
        return {(ts // 1000 - FIRST_MS) // MINUTE_MS: close for ts, close in stored}

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; what ended the run is raised."""
        deadline = time.monotonic() + 60
        while not condition():
            assert self.job is not None
            if self.job.done():
                self.job.result()
            assert time.monotonic() < deadline, self.events
            await asyncio.sleep(0.005)


PATIENCE = Patience(stale=5.0, first_delay=0.02, longest_delay=0.1, attempts=100, poll=0.05)


@asynccontextmanager
async def streaming(
    folder: Path,
    *kinds: Kind,
    patience: Patience = PATIENCE,
    venue: StreamVenue | None = None,
    last_bar: int | None = None,
    stream: Any = None,
    books_by_request: bool = True,
    flush_seconds: float = 0.01,
) -> AsyncIterator[Running]:
    """Stream from a loopback venue into `folder` until the end of the block."""
    async with running_stream_venue() as started:
        run = Running(venue or started, Lake(folder))
        requests = Requests(started.url)
        run.job = asyncio.create_task(
            run_streams(
                Plan(("BTC/USDT",), kinds, "1m", dict.fromkeys(kinds, patience), flush_seconds, 0.2),
                Sources(
                    stream or CcxtStream("binance", lambda: loopback_exchange(run.venue), SystemClock()),
                    requests,
                    requests if books_by_request else None,
                ),
                Target(run.lake, lambda _series, bars: run.bars.append(bars), lambda _series: last_bar),
                SystemClock(),
                np.random.default_rng(1),
                run.events.append,
                run.tally,
                None,
            )
        )
        try:
            yield run
        finally:
            run.job.cancel()
            await asyncio.gather(run.job, return_exceptions=True)
