"""The bars of one symbol: rows a test gave, then what its tape printed since, minute by minute."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from exchange.orders import ZERO
from exchange.symbols import plain

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
INTERVALS = {
    "1m": MINUTE, "3m": 3 * MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR,
    "2h": 2 * HOUR, "4h": 4 * HOUR, "6h": 6 * HOUR, "8h": 8 * HOUR, "12h": 12 * HOUR, "1d": DAY, "3d": 3 * DAY,
    "1w": 7 * DAY,
}  # fmt: skip
MONDAY = 4 * DAY  # 1970-01-05: where weeks begin
NEWS = 100  # closed bars that are told at most after a long silence
STREAMED = ("1m", "5m", "15m", "1h", "4h", "1d")
Row = list[Any]


@dataclass(slots=True)
class Bar:
    """Prices and amounts of one stretch of time."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote: Decimal = ZERO
    trades: int = 0
    bought: Decimal = ZERO
    bought_quote: Decimal = ZERO

    def take(self, other: "Bar") -> None:
        """What followed belongs to this bar too."""
        self.high, self.low, self.close = max(self.high, other.high), min(self.low, other.low), other.close
        self.volume += other.volume
        self.quote += other.quote
        self.trades += other.trades
        self.bought += other.bought
        self.bought_quote += other.bought_quote

    def row(self, opened: int, length: int) -> Row:
        """As the klines endpoint has it."""
        prices = [plain(price) for price in (self.open, self.high, self.low, self.close)]
        bought = [plain(self.bought), plain(self.bought_quote), "0"]
        end = opened + length - 1
        return [opened, *prices, plain(self.volume), end, plain(self.quote), self.trades, *bought]


def begin(ms: int, interval: str) -> int:
    """When the bar around that time opened."""
    shift = MONDAY if interval == "1w" else 0
    return ms - (ms - shift) % INTERVALS[interval]


@dataclass(slots=True)
class Candles:
    """`frozen_ms` is when the venue stopped to publish bars, None while it does."""

    given: dict[str, list[Row]] = field(default_factory=dict)
    minutes: dict[int, Bar] = field(default_factory=dict)
    frozen_ms: int | None = None
    told: dict[str, int] = field(default_factory=dict)

    def print(self, now_ms: int, price: Decimal, quantity: Decimal, is_buy: bool) -> None:
        """A trade on the tape."""
        if self.frozen_ms is not None:
            return
        quote = price * quantity
        bought = (quantity, quote) if is_buy else (ZERO, ZERO)
        bar = Bar(price, price, price, price, quantity, quote, 1, *bought)
        opened = now_ms - now_ms % MINUTE
        if opened in self.minutes:
            self.minutes[opened].take(bar)
        else:
            self.minutes[opened] = bar

    def news(self, now_ms: int) -> list[tuple[str, Row, bool]]:
        """Since the last call: streamed intervals with a bar that closed (True) and the one that is open."""
        if self.frozen_ms is not None:
            return []
        found = []
        for interval in STREAMED:
            start, length = begin(now_ms, interval), INTERVALS[interval]
            before = max(self.told.get(interval, start), start - NEWS * length)
            for opened, bar in self._made(interval, before, now_ms):
                found.append((interval, bar.row(opened, length), opened < start))
            self.told[interval] = start
        return found

    def give(self, interval: str, rows: Sequence[Sequence[Any]]) -> None:
        """The past of an interval: rows of open time, o, h, l, c, v, or whole rows as on the wire."""
        length = INTERVALS[interval]
        self.given[interval] = [_whole(row, length) for row in rows]

    def rows(
        self, interval: str, now_ms: int, start_ms: int | None = None, end_ms: int | None = None, limit: int = 1000
    ) -> list[Row]:
        """Bars up to the one that is still open, oldest first; minutes without a trade are flat.

        Those that open from `start_ms` on, up to the limit; without a start the last ones up to `end_ms`.
        """
        length = INTERVALS[interval]
        end = min(ms for ms in (now_ms, self.frozen_ms, end_ms) if ms is not None)
        first = end - limit * length if start_ms is None else start_ms
        given = self.given.get(interval, [])
        after = given[-1][0] if given else -1
        found = [row for row in given if (start_ms or 0) <= row[0] and (end_ms is None or row[0] <= end_ms)]
        made = self._made(interval, max(first, after + 1), end)
        found += [bar.row(opened, length) for opened, bar in islice(made, limit)]
        return found[-limit:] if start_ms is None else found[:limit]

    def last_day(self, now_ms: int) -> Bar | None:
        """The last 24 hours as one bar; None before the first trade."""
        bars = [bar for opened, bar in self.minutes.items() if opened > now_ms - DAY] or list(self.minutes.values())[
            -1:
        ]
        if not bars:
            return None
        day = Bar(*(bars[0].open,) * 4)
        for bar in bars:
            day.take(bar)
        return day

    def _made(self, interval: str, first_ms: int, end_ms: int) -> Iterator[tuple[int, Bar]]:
        """Bars that open from `first_ms` to `end_ms`, none before the first trade; quiet ones repeat the last close."""
        buckets: dict[int, Bar] = {}
        for opened, bar in self.minutes.items():
            start = begin(opened, interval)
            buckets.setdefault(start, Bar(*(bar.open,) * 4)).take(bar)
        if not buckets:
            return
        length = INTERVALS[interval]
        start = max(min(buckets), begin(first_ms + length - 1, interval))
        close = max(((opened, bar) for opened, bar in buckets.items() if opened <= start), key=_opened)[1].close
        while start <= end_ms:
            bar = buckets.get(start, Bar(*(close,) * 4))
            yield start, bar
            start, close = start + length, bar.close


def _opened(pair: tuple[int, Bar]) -> int:
    return pair[0]


def _whole(row: Sequence[Any], length: int) -> Row:
    if len(row) == 12:
        return list(row)
    opened, *prices = row
    numbers = [plain(Decimal(str(number))) for number in prices]
    return [int(opened), *numbers, int(opened) + length - 1, plain(ZERO), 0, plain(ZERO), plain(ZERO), "0"]
