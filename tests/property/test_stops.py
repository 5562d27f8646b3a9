"""The account's limits and stops hold in what leaves the fold, bar after bar, whatever its systems want."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from drawn_markets import Books, random_books
from houses import NONE
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stepping import bar_by_bar, row_of, stored

from models.engine import Run, State, run_backtest
from models.engine.panel import FLOW, FORCED, RELEASE, TAIL_LONG, TAIL_SHORT
from models.engine.parameters import COLUMN
from models.engine.tables import ORDER_LIMIT, ORDER_QUANTITY, ORDER_ROW
from models.portfolio import Position
from models.risk import Ladder
from models.types import Level, Reason

pytestmark = pytest.mark.risk

EASE = 1.0 + 1e-9
FORBIDS = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA, Reason.REFUSED_BAD_PRICE)
examples = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 400).filter(lambda seed: random_books(seed, 1).house != NONE)


@dataclass
class Close:
    """One decision: what was there before its orders, what it ordered, what is there after them."""

    books: Books
    t: int
    run: Run
    ladder: Ladder
    book: list[Position]

    @property
    def orders(self) -> list[tuple[int, float, float]]:
        """Row, units, and the price that they are sized at."""
        return [
            (int(one[ORDER_ROW]), float(one[ORDER_QUANTITY]), float(one[ORDER_LIMIT]) or self.book[int(one[1])].last)
            for one in self.run.orders
        ]

    @property
    def bought(self) -> list[tuple[int, float, float]]:
        """Of the orders, those that open or add."""
        return [one for one in self.orders if one[1] * self.book[one[0]].quantity >= 0.0]

    def reason(self, row: int) -> Reason:
        return Reason(int(self.run.reasons[0, row]))

    def load(self, row: int, units: float, price: float) -> float:
        """Value at risk of units held in a row."""
        tail = self.books.panel.tails[self.t, self.column(row), TAIL_LONG if units > 0.0 else TAIL_SHORT]
        return abs(units) * price * float(np.nan_to_num(tail))

    def column(self, row: int) -> int:
        return int(self.run.parameters.slots[row, COLUMN])


def closes_of(books: Books) -> list[Close]:
    """Every close at which was decided."""
    found = []
    for t, run in enumerate(bar_by_bar(books)):
        if books.panel.decided[t]:
            book = [run.state.position(i) for i in range(len(run.state.book))]
            found.append(Close(books, t, run, Ladder(*run.state.ladder.tolist()), book))
    return found


@cache
def drawn(seed: int) -> list[Close]:
    return closes_of(random_books(seed, 150))


@examples
@given(seed=seeds)
def test_no_entry_lifts_the_account_above_what_it_may_lose_hold_or_count(seed):
    """Each purchase of a close finds what those before it left."""
    for close in drawn(seed):
        house, bought = close.books.house, close.bought
        if not bought:
            continue
        new = {row for row, _, _ in bought}
        loads, exposure, positions = np.zeros(close.books.panel.close.shape[1]), 0.0, 0
        for i, one in enumerate(close.book):
            waits = one.ordered if one.ordered * one.quantity >= 0.0 and i not in new else 0.0
            units = one.quantity + waits
            loads[close.column(i)] += close.load(i, units, one.last)
            exposure += abs(units) * one.last
            positions += units != 0.0
        matrix = np.abs(close.books.panel.links[close.books.panel.link_rows[close.t]])
        for row, units, price in bought:
            asked, last = loads.copy(), close.book[row].last
            asked[close.column(row)] += close.load(row, units, price)
            assert np.sqrt(asked @ matrix @ asked) <= house.max_var * close.ladder.equity * EASE
            assert exposure + abs(units) * price <= house.max_capital * EASE
            positions += close.book[row].quantity == 0.0
            loads[close.column(row)] += close.load(row, units, last)
            exposure += abs(units) * last
        if any(close.book[row].quantity == 0.0 for row, _, _ in bought):
            assert positions <= house.max_positions
            assert 0 < close.ladder.trades <= house.max_trades


@examples
@given(seed=seeds)
def test_under_a_stop_nothing_is_opened_or_added_and_what_waits_is_withdrawn(seed):
    for close in drawn(seed):
        if close.ladder.level >= Level.PAUSE:
            assert not close.bought
        for i, one in enumerate(close.book):
            if close.ladder.level >= Level.REDUCE and close.reason(i) not in FORBIDS:
                assert one.ordered == 0.0 or one.ordered * one.quantity < 0.0


@examples
@given(seed=seeds)
def test_under_a_flatten_everything_is_sold_as_soon_as_bars_allow(seed):
    for close in drawn(seed):
        if close.ladder.level < Level.FLATTEN:
            continue
        for i, one in enumerate(close.book):
            if not one.quantity or close.reason(i) in FORBIDS:
                continue
            least = close.run.parameters.rows[i][1].instrument.min_notional
            small = close.reason(i) is Reason.REFUSED_MIN_NOTIONAL and abs(one.quantity) * one.last < least
            waits = close.reason(i) is Reason.HOLD_ORDER and one.ordered * one.quantity < 0.0
            assert small or waits or (one.ordered == -one.quantity and close.reason(i) is Reason.EXIT_FLATTEN)


@examples
@given(seed=seeds)
def test_trips_climb_and_releases_end_what_held(seed):
    """One scope after the other: the account, and each system by itself."""
    books = random_books(seed, 150)
    run = run_backtest(books.panel, books.parameters(), books.start())
    held: dict[str, Level] = {}
    for one in run.ladder_events():
        before = held.get(one.system, Level.NONE)
        if one.tripped:
            forced = (one.limit, one.value) == (0.0, 0.0)
            assert one.level > before or (forced and one.level == before and not one.system)
            assert forced or one.value >= one.limit * (1.0 - 1e-9)
            held[one.system] = one.level
        else:
            assert one.level == before > Level.NONE
            held[one.system] = Level.NONE
    assert run.state.ladder[Ladder._fields.index("level")] == held.get("", Level.NONE)
    for k, system in enumerate(books.systems):
        assert (run.state.account(k).paused_until > 0.0) == (held.get(system.name, Level.NONE) == Level.PAUSE)


@examples
@given(seed=seeds, cut=st.integers(1, 149), part=st.sampled_from([-0.9, -0.3, 0.001, 0.5, 40.0]))
def test_a_flow_changes_no_loss_and_trips_nothing(seed, cut, part):
    """The same close with and without it, of an account whose value at risk halts nothing."""
    books = random_books(seed, 150)
    books = replace(books, house=books.house._replace(halt_var=np.inf))
    assume(books.panel.decided[cut])
    before: State = [stored(run.state) for _, run in zip(range(cut), bar_by_bar(books), strict=False)][-1]
    panel = row_of(books.panel, cut)
    plain = panel._replace(events=np.zeros_like(panel.events))
    without = run_backtest(plain, books.parameters(), before)
    equity = float(without.equity[0])
    assume(equity > 0.0 and (without.equities > 0.0).all())
    paid = plain._replace(events=np.zeros_like(panel.events))
    paid.events[0, FLOW] = part * equity
    flowed = run_backtest(paid, books.parameters(), before)
    assert flowed.equity[0] == pytest.approx(equity * (1.0 + part), rel=1e-9)
    one, other = (Ladder(*run.state.ladder.tolist()) for run in (without, flowed))
    for name in ("peak", "crest", "day_start", "week_start"):
        assert other.equity / getattr(other, name) == pytest.approx(one.equity / getattr(one, name), rel=1e-9), name
    assert (other.level, other.breaker, other.until, other.trips) == (one.level, one.breaker, one.until, one.trips)
    assert other.scale == pytest.approx(one.scale, rel=1e-6)
    assert flowed.trips[:, :5].tolist() == without.trips[:, :5].tolist()
    for k in range(len(books.systems)):
        ends, starts = flowed.state.account(k), without.state.account(k)
        assert ends.equity / ends.peak == pytest.approx(starts.equity / starts.peak, rel=1e-9)
        assert ends.paused_until == starts.paused_until
        assert ends.realised == starts.realised


@examples
@given(seed=seeds)
def test_the_ladder_is_finite_and_a_persons_release_ends_every_stop(seed):
    for close in drawn(seed):
        events = close.books.panel.events[close.t]
        assert np.isfinite(close.run.state.ladder).all()
        assert np.isfinite(close.run.state.accounts).all()
        assert np.isfinite(close.run.trips).all()
        assert 0.0 <= close.ladder.scale <= 1.0
        if events[RELEASE] and close.ladder.level > Level.NONE:
            assert [one.tripped for one in close.run.ladder_events() if not one.system][-1]
        if events[FORCED]:
            assert close.ladder.level >= events[FORCED]


def test_there_is_enough_of_everything():
    """Or the tests above would show nothing."""
    levels, bought, trips, waits = Counter(), 0, Counter(), 0
    for seed in range(100):
        if random_books(seed, 1).house == NONE:
            continue
        for close in drawn(seed):
            levels[Level(int(close.ladder.level))] += 1
            bought += len(close.bought)
            trips.update((one.system == "", one.tripped, one.level) for one in close.run.ladder_events())
            waits += sum(close.reason(i) is Reason.EXIT_FLATTEN for i in range(len(close.book)))
    assert min(levels[one] for one in Level) > 100
    assert bought > 500
    assert min(trips[True, tripped, level] for tripped in (True, False) for level in list(Level)[1:]) > 10
    assert min(trips[False, tripped, Level.PAUSE] for tripped in (True, False)) > 10
    assert waits > 20
