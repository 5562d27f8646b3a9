"""From one answer to the next, without a seam: by where the last bar ended, and across windows that are empty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from models.types import Bars, bar_micros
from models.types.timeframes import DAY
from tasks.adapters.feeds.rows import since_on

Read: TypeAlias = Callable[[str, int], Bars]
"""Bars of a timeframe from a time (UTC microseconds) on, as many as the venue gives at once, ascending."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one answer of a venue covers.

    Attributes:
        size: bars that it holds at most.
        windowed: it covers `size` bars from its start, empty or not; otherwise the next `size` bars there are.
        origin: the venue has nothing older, UTC microseconds.
    """

    size: int
    windowed: bool
    origin: int = 0


def walk(read: Read, reach: Reach, timeframe: str, since: int | None, now: int) -> Iterator[Bars]:
    """Ascending pages from `since` (None: the venue's origin) to `now`, both UTC microseconds; no bar comes twice.

    Behind an empty window the next day with a daily bar is looked up: before a listing or through a long halt that is
    one request for years of minutes.
    """
    step = bar_micros(timeframe)
    cursor = -(-(reach.origin if since is None else since) // step) * step
    while cursor <= now:
        bars = _sure(read, timeframe, cursor)
        if len(bars):
            yield bars
            cursor = int(bars.ts[-1]) + step
            continue
        beyond = _next_day(read, reach, cursor + reach.size * step, now) if reach.windowed else None
        if beyond is None:
            return
        cursor = beyond


def _sure(read: Read, timeframe: str, cursor: int) -> Bars:
    bars = since_on(read(timeframe, cursor), cursor)
    # Venues give an empty answer now and then where there is data: nothing is believed when it is said twice.
    return bars if len(bars) else since_on(read(timeframe, cursor), cursor)


def _next_day(read: Read, reach: Reach, edge: int, now: int) -> int | None:
    """`edge`, or the first day after it that has a bar; None when none has until `now`."""
    day = edge // DAY * DAY
    while edge <= now and day <= now:
        bars = _sure(read, "1d", day)
        if len(bars):
            return max(edge, int(bars.ts[0]))
        day += reach.size * DAY
    return None
