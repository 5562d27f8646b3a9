"""The account's stops. They latch: only a release ends one, by a person, or after its days where nobody watches.

A ladder of three levels, see models.types.breakers.Level; a stop may climb while it holds, and never descends. All
marks are of open and closed positions together, at the closes of bars on which is decided.
"""

import math
from typing import NamedTuple

from models.kernels import compiled
from models.risk.house import House
from models.types import Breaker, Level, Reason

NONE, PAUSE, REDUCE, FLATTEN = (float(one) for one in Level)
ENTRIES_DRAWDOWN = float(Breaker.ENTRIES_DRAWDOWN)
DAILY_LOSS = float(Breaker.DAILY_LOSS)
WEEKLY_LOSS = float(Breaker.WEEKLY_LOSS)
DRAWDOWN = float(Breaker.DRAWDOWN)
VAR = float(Breaker.VAR)
PERSON = float(Breaker.PERSON)
STRESS = float(Breaker.STRESS)
REFUSED_ENTRIES_DRAWDOWN = int(Reason.REFUSED_ENTRIES_DRAWDOWN)
REFUSED_DAILY_LOSS = int(Reason.REFUSED_DAILY_LOSS)
REFUSED_WEEKLY_LOSS = int(Reason.REFUSED_WEEKLY_LOSS)
REFUSED_DRAWDOWN = int(Reason.REFUSED_DRAWDOWN)
REFUSED_VAR = int(Reason.REFUSED_VAR)
REFUSED_PERSON = int(Reason.REFUSED_PERSON)
REFUSED_STRESS = int(Reason.REFUSED_STRESS)
REFUSED_STOPPED = int(Reason.REFUSED_STOPPED)
# The day on which a stop ends that only a person ends.
NEVER = 1e12


class Ladder(NamedTuple):
    """What the stops remember; quote currency unless said otherwise.

    Attributes:
        equity: at the last mark.
        peak: highest mark since the last release of a FLATTEN.
        crest: highest mark since the last release of anything.
        day: UTC day number of the last mark or bar, -1.0 before the first.
        day_start, week_start: last mark before this day and this week, or that of a release in them.
        level, breaker: codes of the stop in force and of what tripped it, 0.0 without one.
        until: day number on which it ends, NEVER where a person ends it, 0.0 without one.
        scale: share of its size that an entry gets in a drawdown, 0..1.
        trades: entries ordered this day.
        trips: breakers that tripped so far.
    """

    equity: float
    peak: float
    crest: float
    day: float
    day_start: float
    week_start: float
    level: float
    breaker: float
    until: float
    scale: float
    trades: float
    trips: float


def first_ladder(equity: float) -> Ladder:
    """Of an account that has nothing but cash."""
    return Ladder(equity, equity, equity, -1.0, equity, equity, NONE, 0.0, 0.0, 1.0, 0.0, 0.0)


@compiled
def week_of(day: float) -> int:
    """Number of the week (Monday to Sunday) of a UTC day number; 1970-01-01, day 0, was a Thursday."""
    return (int(day) + 3) // 7


@compiled
def on_day(ladder: Ladder, day: float) -> Ladder:
    """The ladder before the first bar of a new UTC day."""
    week_start = ladder.week_start
    if week_of(day) != week_of(ladder.day):
        week_start = ladder.equity
    return Ladder(
        equity=ladder.equity,
        peak=ladder.peak,
        crest=ladder.crest,
        day=day,
        day_start=ladder.equity,
        week_start=week_start,
        level=ladder.level,
        breaker=ladder.breaker,
        until=ladder.until,
        scale=ladder.scale,
        trades=0.0,
        trips=ladder.trips,
    )


@compiled
def moved(mark: float, equity: float, amount: float) -> float:
    """A mark that losses are counted from, after a deposit into what was worth `equity` (withdrawal: negative).

    It moves in proportion, so that no loss appears or goes; by the amount where nothing was there, or debt is left.
    """
    if equity > 0.0 and equity + amount >= 0.0:
        return mark * ((equity + amount) / equity)
    return mark + amount


@compiled
def fallen(equity: float, mark: float) -> float:
    """By what fraction of a mark the equity is below it; all of it where the mark is nothing."""
    return 1.0 - equity / mark if mark > 0.0 else 1.0


@compiled
def has_lost(equity: float, mark: float, limit: float) -> bool:
    """Whether the equity is below a mark, and by at least the fraction `limit` of it."""
    return limit < math.inf and equity < mark and equity <= mark * (1.0 - limit)


@compiled
def flowed(ladder: Ladder, equity: float, amount: float) -> Ladder:
    """The ladder of an account worth `equity` after a deposit (withdrawal: negative), see `moved`."""
    return Ladder(
        equity=equity + amount,
        peak=moved(ladder.peak, equity, amount),
        crest=moved(ladder.crest, equity, amount),
        day=ladder.day,
        day_start=moved(ladder.day_start, equity, amount),
        week_start=moved(ladder.week_start, equity, amount),
        level=ladder.level,
        breaker=ladder.breaker,
        until=ladder.until,
        scale=ladder.scale,
        trades=ladder.trades,
        trips=ladder.trips,
    )


@compiled
def is_due(ladder: Ladder) -> bool:
    """Whether a stop in force ends today by itself."""
    return ladder.level > NONE and ladder.day >= ladder.until


@compiled
def released(ladder: Ladder, equity: float) -> Ladder:
    """Nothing is stopped: losses count anew from `equity`, and after a FLATTEN the drawdown does too."""
    peak = equity if ladder.level == FLATTEN else ladder.peak
    return Ladder(
        equity=equity,
        peak=peak,
        crest=equity,
        day=ladder.day,
        day_start=equity,
        week_start=equity,
        level=NONE,
        breaker=0.0,
        until=0.0,
        scale=ladder.scale,
        trades=ladder.trades,
        trips=ladder.trips,
    )


@compiled
def marked_to(ladder: Ladder, equity: float, var: float, house: House) -> Ladder:
    """The ladder at a mark with a one-day value at risk of `var`, quote currency; it has climbed where `trips` has."""
    peak, crest = max(ladder.peak, equity), max(ladder.crest, equity)
    level, breaker = NONE, 0.0
    if has_lost(equity, peak, house.max_drawdown):
        level, breaker = FLATTEN, DRAWDOWN
    elif has_lost(equity, ladder.week_start, house.weekly_loss):
        level, breaker = FLATTEN, WEEKLY_LOSS
    elif var > house.halt_var * max(equity, 0.0):
        level, breaker = REDUCE, VAR
    elif has_lost(equity, ladder.day_start, house.daily_loss):
        level, breaker = REDUCE, DAILY_LOSS
    elif has_lost(equity, crest, house.entries_drawdown):
        level, breaker = PAUSE, ENTRIES_DRAWDOWN
    marked = Ladder(
        equity=equity,
        peak=peak,
        crest=crest,
        day=ladder.day,
        day_start=ladder.day_start,
        week_start=ladder.week_start,
        level=ladder.level,
        breaker=ladder.breaker,
        until=ladder.until,
        scale=delevered(ladder.scale, equity, peak, house),
        trades=ladder.trades,
        trips=ladder.trips,
    )
    if level > ladder.level:
        marked = climbed(marked, level, breaker, house)
    return marked


@compiled
def climbed(ladder: Ladder, level: float, breaker: float, house: House) -> Ladder:
    """The ladder at `level` for `breaker`, unless it is above already. What holds already is not shortened."""
    if level <= NONE or level < ladder.level:
        return ladder
    days = house.pause_days
    if level == REDUCE:
        days = house.reduce_days
    elif level == FLATTEN:
        days = house.flatten_days
    until = max(ladder.until, ladder.day + days if days > 0.0 else NEVER)
    return Ladder(
        equity=ladder.equity,
        peak=ladder.peak,
        crest=ladder.crest,
        day=ladder.day,
        day_start=ladder.day_start,
        week_start=ladder.week_start,
        level=level,
        breaker=breaker,
        until=until,
        scale=ladder.scale,
        trades=ladder.trades,
        trips=ladder.trips + 1.0,
    )


@compiled
def traded_once(ladder: Ladder) -> Ladder:
    """One more entry was ordered this day."""
    return Ladder(
        equity=ladder.equity,
        peak=ladder.peak,
        crest=ladder.crest,
        day=ladder.day,
        day_start=ladder.day_start,
        week_start=ladder.week_start,
        level=ladder.level,
        breaker=ladder.breaker,
        until=ladder.until,
        scale=ladder.scale,
        trades=ladder.trades + 1.0,
        trips=ladder.trips,
    )


@compiled
def delevered(scale: float, equity: float, peak: float, house: House) -> float:
    """Share of its size that an entry gets: 1 up to a drawdown of `entries_drawdown`, then falling in a line to
    `delever_floor` at `max_drawdown`. It falls at once; it rises by more than `delever_band`, or to 1, or not at all.
    """
    if not house.entries_drawdown < math.inf or equity >= peak * (1.0 - house.entries_drawdown):
        return 1.0
    fall = fallen(equity, peak)
    way = house.max_drawdown - house.entries_drawdown
    gone = (fall - house.entries_drawdown) / way if way > 0.0 else 1.0
    share = max(house.delever_floor, 1.0 - gone * (1.0 - house.delever_floor))
    if share < scale or share > scale + house.delever_band:
        return share
    return scale


@compiled
def refusal(ladder: Ladder) -> int:
    """Reason code of what stops new entries, 0 when nothing does."""
    code = 0
    if ladder.level > NONE:
        code = REFUSED_STOPPED
        if ladder.breaker == ENTRIES_DRAWDOWN:
            code = REFUSED_ENTRIES_DRAWDOWN
        elif ladder.breaker == DAILY_LOSS:
            code = REFUSED_DAILY_LOSS
        elif ladder.breaker == WEEKLY_LOSS:
            code = REFUSED_WEEKLY_LOSS
        elif ladder.breaker == DRAWDOWN:
            code = REFUSED_DRAWDOWN
        elif ladder.breaker == VAR:
            code = REFUSED_VAR
        elif ladder.breaker == PERSON:
            code = REFUSED_PERSON
        elif ladder.breaker == STRESS:
            code = REFUSED_STRESS
    return code
