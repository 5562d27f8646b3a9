"""The limits of a profile and of its specialists hold for each system by itself, whatever the others do."""

from collections import Counter
from functools import cache

import pytest
from drawn_markets import Books, random_books, seeded_books
from hypothesis import given, settings
from stepping import bar_by_bar

from models.engine import Run, Slot, State, System
from models.engine.panel import SCALE
from models.portfolio import Position
from models.risk import Ladder
from models.specialists import OFF
from models.types import Reason

pytestmark = pytest.mark.risk

EASE = 1.0 + 1e-9
BOUGHT = (Reason.ENTER_EDGE, Reason.ENTER_WEIGHT, Reason.ADD_WEIGHT)
examples = settings(max_examples=60, deadline=None)


class Taken:
    """What positions and orders take of a system's account, order after order."""

    def __init__(self, system: System, run: Run, k: int) -> None:
        self.first = int(run.parameters.firsts[k])
        self.equity, self.free = run.state.account(k).equity, run.state.account(k).cash
        self.value = self.risky = self.at_risk = 0.0
        self.new: dict[int, float] = {}
        for row in run.orders.tolist():
            if Reason(int(row[3])) in BOUGHT:
                self.new[int(row[1])] = row[2]
        for i, slot in enumerate(system.slots):
            position, row = run.state.position(self.first + i), self.first + i
            waits = 0.0 if row in self.new else position.ordered
            self.hold(position, slot)
            if waits * position.quantity >= 0.0:
                self.wait(position, slot, waits)

    def hold(self, position: Position, slot: Slot) -> None:
        units, last = position.quantity, position.last
        self.free += (units - abs(units) * slot.instrument.margin) * last
        self.take(position, slot, units)

    def wait(self, position: Position, slot: Slot, units: float) -> None:
        venue = slot.instrument
        self.free -= abs(units) * position.last * (venue.margin + venue.taker_fee + venue.half_spread)
        self.take(position, slot, units)

    def take(self, position: Position, slot: Slot, units: float) -> None:
        value, stop = abs(units) * position.last, position.stop
        self.value += value
        self.risky += 0.0 if slot.haven else value
        self.at_risk += value if stop == 0.0 else min(value, max(0.0, units * (position.last - stop)))


def dynamic(books: Books, run: Run, t: int, slot: Slot) -> float:
    """Share of its size that a position gets in this market and after the account's losses."""
    if slot.haven:
        return 1.0
    ladder = Ladder(*run.state.ladder.tolist())
    return max(books.house.delever_floor, float(books.panel.tails[t, slot.column, SCALE]) * ladder.scale)


def check(system: System, run: Run, k: int, t: int, books: Books) -> Counter[str]:
    """Each purchase of a bar finds what those before it left; how often which limit was near."""
    taken, profile, met = Taken(system, run, k), system.profile, Counter()
    mine = [row for row in run.orders.tolist() if taken.first <= row[1] < taken.first + len(system.slots)]
    for row in mine:
        reason, i = Reason(int(row[3])), int(row[1])
        slot, position = system.slots[i - taken.first], run.state.position(i)
        close = float(books.panel.close[t, slot.column])
        if reason not in BOUGHT:
            assert position.quantity * row[2] < 0.0
            assert abs(row[2]) <= abs(position.quantity)
            continue
        rules, venue = slot.rules[int(position.charge)], slot.instrument
        price = row[6] or close
        asked, equity = abs(row[2]) * price, taken.equity
        if reason is Reason.ENTER_EDGE:
            share = slot.rules[int(position.mandate)].share * dynamic(books, run, t, slot)
            if taken.risky > system.controller.crowded_at * equity * EASE:
                share *= system.controller.crowded_share
            most = min(profile.max_position, rules.size, venue.class_limit)
            assert asked <= most * share * equity * EASE
            assert rules.max_exposure == OFF or taken.risky + asked <= rules.max_exposure * equity * EASE
            distance = venue.margin - venue.maintenance
            distance = min(distance, abs(price - row[7]) / price) if row[7] else distance
            assert asked * distance + taken.at_risk <= profile.max_portfolio_risk * equity * EASE
            assert not rules.least_trend or books.panel.figures[t, slot.column, 10] >= rules.least_trend
            assert not rules.least_volatility or books.panel.figures[t, slot.column, 9] >= rules.least_volatility
        else:
            most = min(profile.max_position, venue.class_limit, rules.weight) * dynamic(books, run, t, slot)
            assert position.quantity * close + asked <= most * equity * EASE
        assert taken.value + asked <= profile.max_leverage * equity * EASE
        binds = venue.margin + venue.taker_fee + venue.half_spread
        assert asked * binds <= (taken.free - rules.least_cash * equity) * EASE
        met[reason.name] += 1
        taken.wait(position, slot, row[2])
    return met


def checked(books: Books) -> Counter[str]:
    met: Counter[str] = Counter()
    for t, run in enumerate(bar_by_bar(books)):
        for k, system in enumerate(books.systems):
            met += check(system, run, k, t, books)
    return met


@examples
@given(books=seeded_books(120))
def test_every_purchase_keeps_to_the_limits_of_its_system(books):
    checked(books)


@examples
@given(books=seeded_books(120))
def test_what_is_reduced_is_left_within_the_exposure_allowed(books):
    """All of a system's positions but havens, where each of them is taken over at the same bar."""
    for run in bar_by_bar(books):
        for k, system in enumerate(books.systems):
            first = int(run.parameters.firsts[k])
            rows = range(first, first + len(system.slots))
            exposed = [i for i in rows if not system.slots[i - first].haven and run.state.position(i).quantity]
            if not exposed or any(run.reasons[0, i] != Reason.REDUCE_EXPOSURE for i in exposed):
                continue
            allowed = [system.slots[i - first].rules[int(run.state.position(i).charge)].max_exposure for i in exposed]
            left = odd = 0.0
            for i in exposed:
                position, venue = run.state.position(i), system.slots[i - first].instrument
                left += abs(position.quantity + position.ordered) * position.last
                odd += venue.lot * position.last
            assert left <= max(allowed) * run.state.account(k).equity * EASE + odd


@examples
@given(books=seeded_books(120))
def test_havens_are_never_handed_over(books):
    for run in bar_by_bar(books):
        for (_, slot), reason in zip(run.parameters.rows, run.reasons[0].tolist(), strict=True):
            if slot.haven:
                assert reason not in (Reason.REDUCE_EXPOSURE, Reason.EXIT_SWITCH, Reason.REFUSED_NOBODY)


@cache
def many() -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(45):
        found += checked(random_books(seed, 200))
    return found


def test_there_are_enough_purchases_of_every_kind():
    assert min(many()[one.name] for one in BOUGHT) > 100
    assert State.__slots__ == ("ladder", "accounts", "book", "records")
