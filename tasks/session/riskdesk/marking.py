"""The book marked at the newest prices, and what its stops would say of that mark: by the functions of the step."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from data.journal import Journal, RiskKind, forced_level
from models.engine.marking import found_and_allowed, load_all
from models.engine.state import LAST, QUANTITY
from models.portfolio import Account
from models.risk import House, Ladder, climbed, is_due, marked_to, on_day, released
from models.types import Breaker, FloatArray, Level
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.riskdesk.holding import Held, Prices, hold, newest_prices

CASH = Account._fields.index("cash")


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A book at one moment, quote currency.

    Attributes:
        at: UTC microseconds.
        book: shape (n_rows, n_fields): the positions with the newest prices.
        equities: shape (n_systems,), cash and positions.
        var: one-day value at risk of all positions and waiting entries, as the step sees it.
        before: the stops as they stand, with what waits; after: what they would be after this mark.
    """

    held: Held
    prices: Prices
    at: int
    book: FloatArray
    equities: FloatArray
    var: float
    before: Ladder
    after: Ladder

    @property
    def equity(self) -> float:
        """Of the whole account."""
        return math.fsum(self.equities.tolist())

    @property
    def values(self) -> FloatArray:
        """Signed value of what is held, by column of the book, shape (n_columns,)."""
        values = np.zeros(self.prices.close.size)
        np.add.at(values, self.held.columns, self.book[:, QUANTITY] * self.book[:, LAST])
        return values

    @property
    def house(self) -> House:
        """The account's limits."""
        return self.held.book.parameters.house

    @property
    def tripped(self) -> tuple[Level, Breaker, float, float] | None:
        """(level, breaker, value found, limit) of what this mark would trip, None where it trips nothing new."""
        if not self.after.level > self.before.level:
            return None
        value, limit = found_and_allowed(self.after, self.var, self.house)
        return Level(int(self.after.level)), Breaker(int(self.after.breaker)), value, limit


def mark_book(desk: Desk, journal: Journal) -> Marked:
    """The configured book at the newest prices of the lake, as of the desk's clock.

    Raises:
        BadInput, Refused, Damaged: see `hold`.
    """
    held = hold(desk, journal)
    return mark(held, newest_prices(desk, held.book), desk.clock.now())


def mark(held: Held, prices: Prices, now: int) -> Marked:
    """What is held at these prices; a symbol without one keeps its last close."""
    known = np.isfinite(prices.close)
    rows = held.state.book.copy()
    rows[:, LAST] = np.where(known[held.columns], prices.close[held.columns], rows[:, LAST])
    equities = _equities(held, rows)
    var = _value_at_risk(held, rows)
    house = held.book.parameters.house
    before = standing(held, math.fsum(equities.tolist()), float(now // DAY), house)
    after = marked_to(before, math.fsum(equities.tolist()), var, house)
    return Marked(held, prices, now, rows, equities, var, before, Ladder(*after))


def _equities(held: Held, rows: FloatArray) -> FloatArray:
    worth = rows[:, QUANTITY] * rows[:, LAST]
    held_by = [math.fsum(worth[first:last].tolist()) for first, last in pairwise(held.book.parameters.firsts)]
    equities: FloatArray = held.state.accounts[:, CASH] + np.array(held_by)
    return equities


def _value_at_risk(held: Held, rows: FloatArray) -> float:
    loads, pulls, common = np.zeros(held.tails.shape[0]), np.zeros(held.tails.shape[0]), np.zeros(4)
    tails, links, slots = held.tails[None], held.links[None], held.book.parameters.slots
    return float(load_all(rows, slots, tails, links, 0, 0, 1.0, loads, pulls, common))


def standing(held: Held, equity: float, day: float, house: House) -> Ladder:
    """The stops before the mark: a new day begun, what ends by itself ended, and what waits acted on.

    A release that waits counts from this mark on: what was lost before it trips nothing again.
    """
    ladder = Ladder(*held.state.ladder.tolist())
    if day != ladder.day:
        ladder = on_day(ladder, day)
    if is_due(ladder) or any(one.kind is RiskKind.RELEASE for one in held.waiting):
        ladder = released(ladder, equity)
    level = float(forced_level(held.waiting))
    return Ladder(*climbed(ladder, level, float(Breaker.PERSON), house))
