"""Orders, fills, limits, stops, splits, dividends, carry, fees and prices of every kind never break cash, position and
equity: the fold and the scalar functions under it are held against books in exact fractions.

The tolerance: each operation rounds by 2^-53 (1e-16) of a figure that is not above all the money moved so far, some
tens of them in a bar, some tens of bars in an example; 1e-12 of the money moved leaves room for ten thousand.
"""

from fractions import Fraction

import numpy as np
import pytest
from exact_books import NEAR, Books, Holding, assert_fee
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from markets import same_bits
from single import packed
from venues_and_bars import (
    FIRST_CLOSE,
    FORBIDS_ALL,
    PROFILE,
    RULES,
    VENUES,
    WRECKS,
    is_good,
    market_bars,
    one_row,
    whole_lots,
    wrecked,
)

from models.engine import State
from models.engine.fold import fold
from models.engine.given import nothing_given
from models.engine.tables import (
    FILL_COLUMNS,
    MOST_FILLS,
    MOST_PAUSES,
    MOST_TRIPS,
    ORDER_CAPS,
    ORDER_COLUMNS,
    SWITCH_COLUMNS,
    TRIP_COLUMNS,
)
from models.execution import Bar, after_actions, observed, settle
from models.kernels import ceil_to_step, floor_to_step
from models.portfolio import flat
from models.types import Leg, Reason
from models.types.timeframes import DAY, HOUR

pytestmark = pytest.mark.risk

CAPITAL = 10_000.0


class Conservation(RuleBasedStateMachine):
    """Bars fall on two symbols; what the fold does to its state is entered into exact books by its tables alone."""

    @initialize(names=st.permutations(sorted(VENUES)))
    def open_account(self, names):
        self.instruments = tuple(VENUES[name] for name in names[:2])
        self.parameters, self.state = packed(PROFILE, RULES, self.instruments, CAPITAL)
        self.books = Books([Holding(one) for one in self.instruments], Fraction(CAPITAL))
        self.closes = [FIRST_CLOSE[name] for name in names[:2]]
        self.ts, self.day, self.slip = 400 * DAY, None, 0.0

    def bar(self, row, given) -> Bar:
        opens = self.closes[row] * (1.0 + given["gap"])
        close = opens * (1.0 + given["move"])
        high, low = max(opens, close) * (1.0 + given["up"]), min(opens, close) * (1.0 - given["down"])
        return Bar(opens, high, low, close, given["lots"] * self.instruments[row].lot)

    def step(self, bars, given, actions=((1.0, 0.0), (1.0, 0.0)), decided=True):
        """One row through the fold, and what it wrote through the books."""
        panel, before = one_row(self.ts, bars, given, actions, decided), self.state.copy()
        orders, fills = np.full((2, ORDER_COLUMNS), np.nan), np.full((2 * MOST_FILLS, FILL_COLUMNS), np.nan)
        switches = np.full((2, SWITCH_COLUMNS), np.nan)
        trips = np.full((MOST_TRIPS + MOST_PAUSES, TRIP_COLUMNS), np.nan)
        counts, reasons = np.zeros(4, np.int64), np.zeros((1, 2), np.int64)
        held, equities = np.zeros((1, 2)), np.zeros((1, 1))
        p, state = self.parameters, self.state
        assert fold(
            panel, 0, nothing_given(), True, p.house, p.profiles, p.controllers, p.firsts, p.rules,
            *(p.instruments, p.slots),
            *(state.ladder, state.accounts, state.book, state.records), orders, fills, switches, trips, counts,
            reasons, held, equities,
        ) == 1  # fmt: skip
        equity = equities[0]
        usable = [is_good(one) for one in bars]
        if self.day is not None:
            self.books.midnights(self.ts // DAY - self.day)
        self.day = self.ts // DAY
        self.enter(bars, usable, actions, fills[: counts[1]])
        self.check_orders(bars, before, orders[: counts[0]])
        self.check_refusals(before, usable, given, actions, fills[: counts[1]], reasons[0], decided)
        assert (held[0].tolist(), equity[0]) == (self.state.book[:, 0].tolist(), self.state.account(0).equity)
        if decided:
            assert abs(Fraction(equity[0]) - self.books.equity) <= self.tolerance()
        assert self.state.account(0).slip == pytest.approx(self.slip, rel=1e-9, abs=float(self.tolerance()))

    def enter(self, bars, usable, actions, fills):
        for i, (split, dividend) in enumerate(actions):
            self.books.dividend(i, dividend)
            if split != 1.0:
                self.books.split(i, split)
        for _, row, leg, quantity, price, fee, slip, realised, *_ in fills.tolist():
            i = int(row)
            assert usable[i], "a fill in a bar without good prices"
            assert Leg(int(leg)) not in (Leg.NONE, Leg.EXPIRED)
            assert_fee(self.books.holdings[i], Leg(int(leg)), quantity, price, fee)
            assert slip >= 0.0
            assert realised == 0.0 or leg not in (Leg.ENTRY, Leg.ADD)
            tick = self.instruments[i].tick
            # Below the first tick there is no grid.
            assert price == floor_to_step(price, tick) > 0.0 or (quantity < 0.0 and 0.0 <= price < tick)
            self.books.fill(i, quantity, price, fee)
            self.slip += slip
        for i, one in enumerate(bars):
            if usable[i]:
                self.books.holdings[i].last = self.closes[i] = one.close
            elif actions[i][0] != 1.0:
                self.closes[i] /= actions[i][0]

    def check_orders(self, bars, before: State, orders):
        for _, row, quantity, reason, _, _, limit, stop, target, partial, part, _ in orders[:, :ORDER_CAPS].tolist():
            i = int(row)
            instrument, position = self.instruments[i], self.state.position(i)
            holding = self.books.holdings[i]
            lots = holding.lots_of(quantity)
            price = limit or bars[i].close
            assert lots != 0
            assert position.ordered == quantity
            assert abs(quantity) * price >= instrument.min_notional
            if holding.lots == 0:
                assert reason == Reason.ENTER_EDGE
                assert quantity > 0.0 or instrument.shorts == 1.0
                assert 0 <= holding.lots_of(part) <= abs(lots)
                assert part == 0.0 or min(part, abs(quantity) - part) * price >= instrument.min_notional * (1 - 1e-9)
                for level in (limit, stop, target, partial):
                    assert level >= 0.0
                    assert level == floor_to_step(level, instrument.tick)
            else:
                assert reason in (Reason.EXIT_EDGE, Reason.EXIT_TIME)
                assert lots == -holding.lots
                assert (limit, stop, target, partial, part) == (0.0,) * 5

    def check_refusals(self, before: State, usable, given, actions, fills, reasons, decided):
        for i in range(2):
            if not decided:
                assert reasons[i] == 0
            elif given[i]["gate"] in FORBIDS_ALL:
                assert reasons[i] == given[i]["gate"]
            elif not usable[i]:
                assert reasons[i] == Reason.REFUSED_BAD_PRICE
            if not usable[i] and actions[i] == (1.0, 0.0):
                same = before.position(i)._replace(entries=0.0) == self.state.position(i)._replace(entries=0.0)
                assert same, "a bar without good prices changed something"

    def tolerance(self) -> Fraction:
        return Fraction(1, 10**12) * (self.books.moved + sum(self.books.worth(), Fraction(0)))

    # What happens.

    @rule(given=st.tuples(market_bars, market_bars), hours=st.integers(1, 30), decided=st.booleans() | st.just(True))
    def a_bar(self, given, hours, decided):
        self.ts += hours * HOUR
        self.step([self.bar(i, given[i]) for i in range(2)], given, decided=decided)

    @rule(given=st.tuples(market_bars, market_bars), row=st.integers(0, 1), how=st.sampled_from(WRECKS))
    def a_bar_with_a_bad_price(self, given, row, how):
        self.ts += HOUR
        bars = [self.bar(i, given[i]) for i in range(2)]
        bars[row] = wrecked(bars[row], how)
        self.step(bars, given)

    @rule(given=st.tuples(market_bars, market_bars), days=st.integers(1, 5))
    def midnights(self, given, days):
        self.ts += days * DAY
        self.step([self.bar(i, given[i]) for i in range(2)], given)

    @rule(
        given=st.tuples(market_bars, market_bars),
        row=st.integers(0, 1),
        split=st.sampled_from([2.0, 3.0, 1.5, 0.5, 0.1, 0.001, 7.0]),
        dividend=st.sampled_from([0.0, 0.01, 0.05]),
        how=st.sampled_from([None, None, "nan"]),
    )
    def a_split_or_dividend(self, given, row, split, dividend, how):
        self.ts += HOUR
        actions = [(1.0, 0.0), (1.0, 0.0)]
        actions[row] = (split, dividend * self.closes[row])
        last = self.closes[row]
        self.closes[row] = last / split
        bars = [self.bar(i, given[i]) for i in range(2)]
        bars[row] = bars[row] if how is None else wrecked(bars[row], how)
        self.closes[row] = last
        self.step(bars, given, tuple(actions))

    @precondition(lambda self: not self.state.book[:, (0, 11)].any(axis=1).all())
    @rule(data=st.data(), given=market_bars, sells=st.booleans(), lots=st.integers(1, 30))
    def an_order_by_hand(self, data, given, sells, lots):
        """An entry that no rule would have made: any levels on the grid, a part of any size, a limit or none."""
        row = next(i for i in range(2) if not self.state.book[i, (0, 11)].any())
        one, close = self.instruments[row], self.closes[row]
        side = -1.0 if sells and one.shorts == 1.0 else 1.0
        away = data.draw(st.lists(st.floats(0.0, 0.1), min_size=4, max_size=4))
        below, above = (floor_to_step, ceil_to_step) if side > 0.0 else (ceil_to_step, floor_to_step)
        stop, limit = (max(below(close * (1.0 - side * x), one.tick), 0.0) for x in (away[0] + 0.01, away[1] / 10.0))
        target = max(above(close * (1.0 + side * (away[2] + 0.005)), one.tick), 0.0)
        partial = above(close * (1.0 + side * away[2] * 0.5), one.tick)
        part = data.draw(st.integers(0, lots))
        nearer = partial > 0.0 and part > 0 and side * (target - partial) > 0.0
        ordered = self.state.position(row)._replace(
            ordered=side * whole_lots(lots, one),
            limit=limit if data.draw(st.booleans()) else 0.0,
            stop=stop,
            target=target,
            partial=partial if nearer else 0.0,
            part=whole_lots(part, one) if nearer else 0.0,
            regime=float(given["regime"]),
        )
        self.state.book[row] = np.array(ordered)

    @precondition(lambda self: self.state.book[:, 0].any())
    @rule(lots=st.integers(-30, 30).filter(bool), row=st.integers(0, 1))
    def more_or_less_by_hand(self, lots, row):
        """What a weight or a handover orders of an open position: an addition, or a part of it away."""
        held, one = self.state.position(row), self.instruments[row]
        if held.quantity == 0.0:
            return
        side = 1.0 if held.quantity > 0.0 else -1.0
        lots = max(lots, -abs(self.books.holdings[row].lots))
        self.state.book[row] = np.array(held._replace(ordered=side * whole_lots(lots, one)))

    @precondition(lambda self: self.state.book[:, 0].any())
    @rule(given=st.tuples(market_bars, market_bars), left=st.integers(0, 6), far=st.sampled_from([0.0, 0.02, 0.15]))
    def an_exit_into_little_volume(self, given, left, far):
        """All but `left` lots find a buyer at the open; then the price goes on to the partial profit of half of it."""
        row = int(np.flatnonzero(self.state.book[:, 0])[0])
        one, lots, close = self.instruments[row], self.books.holdings[row].lots, self.closes[row]
        partial = (ceil_to_step if lots > 0 else floor_to_step)(close * (1.01 if lots > 0 else 0.99), one.tick)
        part = whole_lots(abs(lots) // 2, one)
        held = self.state.position(row)._replace(partial=partial, part=part)
        self.state.book[row] = np.array(held._replace(ordered=-held.quantity))
        volume = max(abs(lots) - left, 0) / one.volume_share + 1e-3
        toward = {"up": far * (lots > 0), "down": far * (lots < 0), "gap": 0.0, "move": 0.0, "lots": volume}
        given = [one | toward if i == row else one for i, one in enumerate(given)]
        self.ts += HOUR
        self.step([self.bar(i, given[i]) for i in range(2)], given)

    @rule(given=market_bars, row=st.integers(0, 1), split=st.sampled_from([1.0, 1.0, 2.0, 0.1]))
    def the_scalar_functions_alone_keep_the_same_books(self, given, row, split):
        """One symbol without the fold: what its functions return adds up by itself. The state stays as it was."""
        instrument, nothing = self.instruments[row], np.empty((0, 2))
        holding = self.books.holdings[row]
        alone = Books([Holding(instrument, holding.lots, holding.cost, holding.last)], Fraction(CAPITAL))
        position, income, in_lieu, realised = after_actions(self.state.position(row), split, 0.0, instrument)
        alone.moved += self.books.moved
        if split != 1.0:
            alone.split(0, split)
        bar = self.bar(row, given | {"gap": (1.0 + given["gap"]) / split - 1.0})
        position, cash, *done, inside = settle(position, CAPITAL + income + in_lieu, bar, nothing, 0, 0, instrument)
        for one in done:
            if one.quantity != 0.0:
                alone.fill(0, one.quantity, one.price, one.fee)
                realised += one.realised
        near = Fraction(1, 10**12) * (alone.moved + abs(Fraction(cash)))
        assert abs(alone.cash - Fraction(cash)) <= near
        assert abs(alone.cost - Fraction(position.cost)) <= near
        assert abs(alone.realised - Fraction(realised)) <= near
        assert alone.holdings[0].lots_of(position.quantity) == alone.holdings[0].lots
        assert observed(position, bar, inside)[:3] == position[:3]

    # What holds after each of them.

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def money_and_units_are_those_of_the_books(self):
        books, money, near = self.books, self.state.account(0), self.tolerance()
        assert np.isfinite(self.state.accounts).all()
        for name in ("cash", "realised", "fees", "carry", "income"):
            assert abs(Fraction(getattr(money, name)) - getattr(books, name)) <= near, name
        for i, one in enumerate(books.holdings):
            position = self.state.position(i)
            assert one.lots_of(position.quantity) == one.lots
            assert abs(Fraction(position.quantity) - one.units) <= NEAR * one.lot + abs(one.units) / 2**52
            assert abs(Fraction(position.cost) - one.cost) <= near
            assert position.last == one.last
        assert books.cash + books.cost == Fraction(CAPITAL) + books.realised - books.carry + books.income
        assert money.fees >= 0.0
        assert money.slip >= 0.0

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def what_is_closed_leaves_nothing(self):
        for i in range(2):
            position = self.state.position(i)
            if position.quantity == 0.0 and position.ordered == 0.0:
                assert same_bits(self.state.book[i], np.array(flat(position, position.last))), position
            if position.quantity == 0.0:
                assert position.cost == 0.0
            elif position.ordered != 0.0:
                if position.quantity * position.ordered < 0.0:
                    assert abs(position.ordered) <= abs(position.quantity), "what waits to go is more than is held"
                assert position.limit == 0.0


Conservation.TestCase.settings = settings(max_examples=200, stateful_step_count=25)
TestConservation = Conservation.TestCase
