"""Bars of a stream on their way to the lake: none twice, none older than the last, none missing that can be fetched."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.types import Bars, Unavailable, bar_micros, iso
from tasks.ports import Clock, Feed
from tasks.session.streaming.channel import Say
from tasks.session.streaming.events import What
from tasks.session.streaming.finish import finished


@dataclass(slots=True)
class BarTaker:
    """Hands closed bars to `store`; `last` is the open of the newest one there, UTC microseconds, None for none."""

    symbol: str
    timeframe: str
    feed: Feed | None
    store: Callable[[Bars], None]
    clock: Clock
    say: Say
    last: int | None
    # The stream comes back while the fallback is still storing: each begins where the other has ended.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, bars: Bars) -> None:
        """Store what is new; where bars are missing before one of them, the venue is asked for those first."""
        async with self._turn:
            fresh = self._fresh(bars)
            whole = self._unbroken(fresh)
            await self._store(fresh.rows(slice(0, whole)))
            if whole < len(fresh):
                await self._fetch()
                await self._store(self._fresh(fresh))

    async def catch_up(self) -> None:
        """Fetch and store what has closed since the last bar; a venue that does not answer leaves the hole, said."""
        async with self._turn:
            await self._fetch()

    async def _fetch(self) -> None:
        if self.last is None or self.feed is None:
            return
        try:
            for bars in await asyncio.to_thread(self.poll):
                fresh = self._fresh(bars)
                if len(fresh):
                    self.say(What.FETCHED, f"{len(fresh)} bars from {iso(int(fresh.ts[0]))}")
                    await self._store(fresh)
        except Unavailable as error:
            self.say(What.NOT_FETCHED, str(error))

    def poll(self) -> list[Bars]:
        """Bars that have closed since the last one, by request; without a last one those of the last few.

        The newest row of an answer is never shown: only a later one proves that it is closed.
        """
        step = bar_micros(self.timeframe)
        since = self.clock.now() - 3 * step if self.last is None else self.last + step
        asked = () if self.feed is None else self.feed.pages(self.symbol, self.timeframe, since)
        pages = [page.bars for page in asked if len(page.bars)]
        if pages:
            pages[-1] = pages[-1].rows(slice(0, len(pages[-1]) - 1))
        return pages

    def _fresh(self, bars: Bars) -> Bars:
        return bars if self.last is None else bars.rows(np.flatnonzero(bars.ts > self.last))

    def _unbroken(self, bars: Bars) -> int:
        """How many of the bars follow the last one, and each other, without a hole."""
        before = bars.ts[:1] - bar_micros(self.timeframe) if self.last is None else np.array([self.last])
        holes = np.flatnonzero(np.diff(np.concatenate([before, bars.ts])) > bar_micros(self.timeframe))
        return int(holes[0]) if holes.size else len(bars)

    async def _store(self, bars: Bars) -> None:
        if len(bars):
            await finished(self._stored(bars))

    async def _stored(self, bars: Bars) -> None:
        await asyncio.to_thread(self.store, bars)
        self.last = int(bars.ts[-1])
