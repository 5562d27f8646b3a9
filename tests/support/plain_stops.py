"""The account's stops and what it may lose in a day, written from the rules' text alone. See plain_engine."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from plain_stalls import Stall

from models.engine import Panel
from models.risk import House
from models.types import Breaker, Level, Reason

# What a ladder says of a stop that only a person ends.
NEVER = 1e12
REFUSALS = {
    Breaker.ENTRIES_DRAWDOWN: Reason.REFUSED_ENTRIES_DRAWDOWN,
    Breaker.DAILY_LOSS: Reason.REFUSED_DAILY_LOSS,
    Breaker.WEEKLY_LOSS: Reason.REFUSED_WEEKLY_LOSS,
    Breaker.DRAWDOWN: Reason.REFUSED_DRAWDOWN,
    Breaker.VAR: Reason.REFUSED_VAR,
    Breaker.PERSON: Reason.REFUSED_PERSON,
    Breaker.STRESS: Reason.REFUSED_STRESS,
}


@dataclass
class Event:
    """A stop that tripped or was released; `system` is -1 for the account."""

    t: int
    system: int
    tripped: bool
    level: Level
    breaker: Breaker
    value: float = 0.0
    limit: float = 0.0


@dataclass
class Stops:
    """A ladder of latched stops over the account's marks; None for no end, and for no day yet."""

    house: House
    equity: float
    day: int | None = None
    level: Level = Level.NONE
    breaker: Breaker = Breaker.NONE
    until: float = 0.0
    share: float = 1.0
    entries: int = 0
    trips: int = 0
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.peak = self.crest = self.morning = self.monday = self.equity

    def begin(self, day: int) -> None:
        """Before a day's first bar: what it and its calendar week may lose counts from the last mark."""
        if day == self.day:
            return
        if self.day is None or week(day) != week(self.day):
            self.monday = self.equity
        self.morning, self.entries, self.day = self.equity, 0, day

    def flow(self, equity: float, amount: float) -> None:
        """A deposit or withdrawal is neither profit nor loss: all marks go along."""
        self.equity = equity + amount
        for name in ("peak", "crest", "morning", "monday"):
            setattr(self, name, moved(getattr(self, name), equity, amount))

    def release(self, t: int, equity: float) -> None:
        """Losses count anew; the drawdown only after everything was sold."""
        if self.level is Level.NONE:
            return
        self.events.append(Event(t, -1, False, self.level, self.breaker))
        if self.level is Level.FLATTEN:
            self.peak = equity
        self.equity = self.crest = self.morning = self.monday = equity
        self.level, self.breaker, self.until = Level.NONE, Breaker.NONE, 0.0

    def mark(self, t: int, equity: float, var: float) -> None:
        """The stop whose time is over ends; then the highest level that anything trips."""
        if self.level is not Level.NONE and self.day >= self.until:
            self.release(t, equity)
        house = self.house
        self.equity, self.peak, self.crest = equity, max(self.peak, equity), max(self.crest, equity)
        self.share = self.delevered()
        falls = [
            (Level.FLATTEN, Breaker.DRAWDOWN, self.peak, house.max_drawdown),
            (Level.FLATTEN, Breaker.WEEKLY_LOSS, self.monday, house.weekly_loss),
            (Level.REDUCE, Breaker.DAILY_LOSS, self.morning, house.daily_loss),
            (Level.PAUSE, Breaker.ENTRIES_DRAWDOWN, self.crest, house.entries_drawdown),
        ]
        found = [
            (level, breaker, fall_from(mark, equity), limit)
            for level, breaker, mark, limit in falls
            if has_fallen(mark, equity, limit)
        ]
        if house.halt_var < np.inf and var > house.halt_var * max(equity, 0.0):
            found.append((Level.REDUCE, Breaker.VAR, var / equity if equity > 0.0 else 1.0, house.halt_var))
        # Of one level the drawdown goes before the week, and what is at risk before what is lost.
        order = [Breaker.DRAWDOWN, Breaker.WEEKLY_LOSS, Breaker.VAR, Breaker.DAILY_LOSS, Breaker.ENTRIES_DRAWDOWN]
        found.sort(key=lambda one: (-one[0], order.index(one[1])))
        if found and found[0][0] > self.level:
            self.climb(t, *found[0])

    def force(self, t: int, level: Level, breaker: Breaker) -> None:
        """A stop from outside is told also where another one of its level holds already, but not twice."""
        is_new = level > self.level or breaker is not self.breaker
        if is_new and level is not Level.NONE and level >= self.level:
            self.climb(t, level, breaker)

    def climb(self, t: int, level: Level, breaker: Breaker, value: float = 0.0, limit: float = 0.0) -> None:
        """A stop latches: it never descends, and its end never comes nearer."""
        house = self.house
        days = {Level.PAUSE: house.pause_days, Level.REDUCE: house.reduce_days, Level.FLATTEN: house.flatten_days}
        self.level, self.breaker = level, breaker
        self.until = max(self.until, self.day + days[level] if days[level] else NEVER)
        self.trips += 1
        self.events.append(Event(t, -1, True, level, breaker, value, limit))

    def delevered(self) -> float:
        """One until the drawdown pauses entries; from there a line to the floor where everything is sold."""
        house, fall = self.house, fall_from(self.peak, self.equity)
        if fall <= house.entries_drawdown:
            return 1.0
        floor = house.delever_floor
        share = floor
        if house.max_drawdown > house.entries_drawdown:
            line = (house.max_drawdown - fall) / (house.max_drawdown - house.entries_drawdown)
            share = max(floor, floor + (1.0 - floor) * line) if house.max_drawdown < np.inf else 1.0
        return share if share < self.share or share > self.share + house.delever_band else self.share

    @property
    def most_var(self) -> float:
        """What all positions may lose in a day, quote currency."""
        return self.house.max_var * max(self.equity, 0.0) if self.house.max_var < np.inf else float(np.inf)

    @property
    def refusal(self) -> Reason | None:
        return None if self.level is Level.NONE else REFUSALS.get(self.breaker, Reason.REFUSED_STOPPED)


class Common:
    """What all systems share at a close: value at risk by column, its sum, positions, and their number; with what
    waits to be bought, or of what is held alone. It is `blind` where nobody knows what one of them may lose.
    """

    def __init__(self, stalls: list[Stall], panel: Panel, t: int, with_waiting: bool = True) -> None:
        self.tails, self.matrix = panel.tails[t], np.abs(panel.links[panel.link_rows[t]])
        self.loads = np.zeros(len(self.matrix))
        self.exposure, self.positions, self.blind = 0.0, 0, False
        for stall in stalls:
            units = stall.held
            if with_waiting and stall.trade is not None:
                units = units + (stall.trade.change if stall.trade.grows else 0.0) or stall.trade.wanted
            if units:
                self.positions += 1
                self.hold(stall, units)

    def hold(self, stall: Stall, units: float) -> None:
        value, tail = abs(units) * stall.last, self.tail(stall, units)
        self.exposure += value
        if np.isnan(tail):
            self.blind = True
        else:
            self.loads[stall.slot.column] += value * tail

    def tail(self, stall: Stall, side: float) -> float:
        """Value at risk of a unit of value, NaN where it is not known."""
        return float(self.tails[stall.slot.column][0 if side > 0.0 else 1])

    @property
    def var(self) -> float:
        return float(np.sqrt(self.loads @ self.matrix @ self.loads))

    def room(self, stall: Stall, side: float, cap: float) -> float:
        """The value with which all together lose the cap: the positive root of a quadratic."""
        tail = self.tail(stall, side)
        if cap == np.inf or not tail > 0.0:
            return float(np.inf)
        if self.blind:
            return 0.0
        b, c = 2.0 * tail * float(self.matrix[stall.slot.column] @ self.loads), self.var**2 - cap * cap
        return 0.0 if c >= 0.0 else float(-2.0 * c / (b + np.sqrt(b * b - 4.0 * tail * tail * c)))


def has_fallen(mark: float, equity: float, limit: float) -> bool:
    """Whether something is lost since a mark, and at least the fraction `limit` of it; without a limit never."""
    return limit < np.inf and equity < mark and equity <= mark * (1.0 - limit)


def fall_from(mark: float, equity: float) -> float:
    """What is lost since a mark, fraction of it; all of it where there was nothing."""
    return 1.0 - equity / mark if mark > 0.0 else 1.0


def moved(mark: float, equity: float, amount: float) -> float:
    """A mark after a deposit: in proportion where there was equity and no debt is left, else by the amount."""
    if equity > 0.0 and equity + amount >= 0.0:
        return mark * (equity + amount) / equity
    return mark + amount


def week(day: int) -> tuple[int, int]:
    """Year and number of the calendar week that a day since 1970-01-01 is in."""
    calendar = (date(1970, 1, 1) + timedelta(day)).isocalendar()
    return calendar.year, calendar.week
