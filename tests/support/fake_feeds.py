"""Feeds that know the truth and may keep it to themselves: down, hanging, late or wrong, whenever a test says so."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from conf.schema.feeds import FeedsConfig
from models.types import BadInput, Bars, Series, Unavailable
from models.types.timeframes import HOUR
from tasks.ports import Page

START = 1_577_836_800_000_000  # 2020-01-01, UTC microseconds
BTC = Series("binance", "BTC/USDT", "1h")
RULES = FeedsConfig(
    deadline_seconds=0.25,
    tolerance_bps=100.0,
    late_bars=3,
    down_minutes=5.0,
    first_pause_seconds=60.0,
    longest_pause_seconds=600.0,
)


@dataclass
class TurningClock:
    """Stands until it is turned."""

    moment: int

    def now(self) -> int:
        return self.moment


def truth(count: int, factor: float = 1.0) -> Bars:
    """The first `count` hourly bars from START on; every close is its own."""
    number = np.arange(count)
    close = (1000.0 + number * 0.125) * factor
    return Bars(START + number * HOUR, close, close + 1.0, close - 1.0, close, np.full(count, 7.0))


@dataclass
class FakeFeed:
    """Bars of `truth` in pages of `size`, up to what has opened by the clock (the last one is still growing).

    `mood` is looked at with every answer: ok, down, hang (until `released`), late (frozen at bar `frozen`), wrong (by
    `factor`), lacking (BadInput), shuffled, empty. `begins_at`: bars before it are not kept, as at Kraken.
    """

    name: str
    clock: TurningClock
    size: int = 10
    mood: str = "ok"
    frozen: int = 0
    factor: float = 1.03
    begins_at: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    opened: int = 0

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        assert timeframe == "1h"
        self.opened += 1
        number = 0 if since is None else -(-(since - START) // HOUR)
        if number < self.begins_at:
            raise BadInput(f"{self.name} gives its last bars only")
        while True:
            self.asked.append((symbol, number))
            bars = self._answer()
            rows = bars.rows(slice(number, number + self.size))
            if not len(rows):
                return
            yield Page(rows.rows(np.arange(len(rows))[::-1]) if self.mood == "shuffled" else rows, self.name)
            number += len(rows)

    def _answer(self) -> Bars:
        if self.mood == "down":
            raise Unavailable(f"{self.name} did not give its bars")
        if self.mood == "lacking":
            raise BadInput(f"{self.name} has no such market")
        if self.mood == "hang":
            self.released.wait(120.0)
        opened = (self.clock.moment - START) // HOUR + 1
        count = {"late": min(self.frozen, opened), "empty": 0}.get(self.mood, opened)
        return truth(count, self.factor if self.mood == "wrong" else 1.0)
