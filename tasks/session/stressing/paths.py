"""The candles that a scenario puts behind the newest bar, and when they open."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from models.features import index_as_known
from models.scenarios import Candles, Scenario, Window, candles_of, move_of, shocked
from models.sessions import bar_closes, expected_opens
from models.types import BadInput, Calendar, FloatArray, IntArray, bar_micros, bars_per_day, bars_per_week
from models.types.timeframes import DAY
from tasks.session.stressing.present import Asset, Index
from tasks.session.stressing.sources import Past, Sources

WEEK = 7
# What holidays and half days take of the sessions that a calendar promises, at most.
ROOM = 2
LONGEST_CLOSURE = 14 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Candles of one asset: `rows` (n,) are those of the axis that it has a bar in, `index` (n,) the volatility index
    as it was known in the window, NaN where none was. `proxy` as in Past.
    """

    rows: IntArray
    candles: Candles
    index: FloatArray
    proxy: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Paths of all assets on one axis, `ts` (n_rows,): opens after now, UTC microseconds; the first `shocked_rows` of
    them are the scenario's, the others are watched.
    """

    ts: IntArray
    paths: tuple[Path, ...]
    shocked_rows: int


def lived_again(window: Window, assets: Sequence[Asset], sources: Sources, index: Index | None, after: int) -> Course:
    """The window's bars behind the one that opened at `after` (UTC microseconds).

    A market that never closes is shifted by whole days; on an exchange the window's bars, of whichever asset, open one
    by one at the opens that come.

    Raises:
        BadInput: see `Sources.past`.
    """
    pasts = [sources.past(one.series, one.asset_class, window) for one in assets]
    union: IntArray = reduce(np.union1d, [one.ts for one in pasts])
    calendar, timeframe = sources.calendar, sources.timeframe
    step = bar_micros(timeframe)
    if calendar.name == "24/7":
        ts = union + -(-(after + step - int(union[0])) // DAY) * DAY
    else:
        ts = next_opens(calendar, timeframe, after, union.size)
    paths = tuple(_path(one, union, calendar, timeframe, index) for one in pasts)
    return Course(ts, paths, union.size)


def invented(scenario: Scenario, assets: Sequence[Asset], calendar: Calendar, timeframe: str, after: int) -> Course:
    """What the assets did lately, again and again where that is too short, with the scenario's shock in it.

    Raises:
        BadInput: the assets have no two bars in common.
    """
    per_day = bars_per_day(calendar, timeframe)
    stretch = max(1, round(scenario.shock.days * per_day))
    rows = stretch + round(scenario.calm_days * per_day)
    moves = np.array([move_of(scenario.shock, one.series.symbol, one.asset_class) for one in assets])
    found = shocked(lately(assets, rows), moves, scenario.shock, stretch)
    every = np.arange(rows)
    nothing = np.full(rows, np.nan)
    return Course(
        next_opens(calendar, timeframe, after, rows), tuple(Path(every, one, nothing) for one in found), stretch
    )


def lately(assets: Sequence[Asset], rows: int) -> list[Candles]:
    """The newest `rows` candles on the times that all assets have, and these over again where there are fewer.

    Raises:
        BadInput: there is none.
    """
    common: IntArray = reduce(np.intersect1d, [one.bars.ts for one in assets])[-rows - 1 :]
    if common.size < 2:
        symbols = ", ".join(one.series.symbol for one in assets)
        raise BadInput(f"{symbols} have {common.size} bars in common of late, two are needed; bring in newer bars")
    again = np.arange(rows) % (common.size - 1)
    made = []
    for one in assets:
        bars = one.bars.rows(np.searchsorted(one.bars.ts, common))
        candles = candles_of(bars.rows(slice(1, None)), float(bars.close[0]), one.usual_volume)
        made.append(Candles(*(getattr(candles, name)[again] for name in Candles.__slots__)))
    return made


def next_opens(calendar: Calendar, timeframe: str, after: int, count: int) -> IntArray:
    """So many opens of bars after the one that opened at `after`, UTC microseconds.

    Raises:
        BadInput: the calendar is not known for so long.
    """
    first = after + bar_micros(timeframe)
    weeks = ROOM * count // bars_per_week(calendar, timeframe) + 1
    opens = expected_opens(calendar, timeframe, first, first + LONGEST_CLOSURE + weeks * WEEK * DAY)[:count]
    if opens.size < count:
        raise BadInput(
            f"{calendar.name} is known for {opens.size} more bars, the scenario has {count}; make it shorter"
        )
    return opens


def _path(past: Past, union: IntArray, calendar: Calendar, timeframe: str, index: Index | None) -> Path:
    known = np.full(past.ts.size, np.nan)
    if index is not None:
        known = index_as_known(bar_closes(calendar, timeframe, past.ts), index.known_at, index.close)
    return Path(np.searchsorted(union, past.ts), past.candles, known, past.proxy)
