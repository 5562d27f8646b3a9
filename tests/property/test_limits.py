"""Every limit holds in what leaves the fold, bar after bar: sizes, risk, leverage, money, counts, grids."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from drawn_markets import GENEROUS, Market, random_market, seeded_markets, small_markets
from houses import NONE
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import bar_by_bar

from models.engine import Panel
from models.engine.panel import FLOW
from models.engine.tables import FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW
from models.execution import Bar, is_usable
from models.risk import Ladder
from models.types import Leg, Level, Reason
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

EASE = 1.0 + 1e-9
FORBID_ALL = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA)
markets = st.one_of(small_markets(), seeded_markets(150))
examples = settings(max_examples=100)


class Step:
    """One bar: what was there before it, what it ordered and filled, what is there after it."""

    def __init__(self, market: Market, t: int, before, run) -> None:
        self.market, self.t, self.before, self.run = market, t, before, run
        self.account, self.ladder = run.state.account(0), Ladder(*run.state.ladder.tolist())
        self.book = [run.state.position(i) for i in range(len(market.symbols))]
        self.orders = run.intents()
        self.entries = [(self.row(one), one) for one in self.orders if one.reason is Reason.ENTER_EDGE]

    def row(self, one) -> int:
        return self.market.symbols.index(one.symbol)

    def rules(self, i: int):
        return self.market.rules[int(self.book[i].regime)]

    def bar(self, i: int) -> Bar:
        return Bar(*self.market.panel.prices[self.t, i].tolist())

    def gate(self, i: int) -> int:
        return int(self.market.panel.codes[self.t, i, 1])

    def distance(self, i: int, one) -> float:
        """What the entry loses at its stop or at its margin's end, fraction of its value."""
        venue, price = self.market.instruments[i], one.limit or one.price
        ruin = venue.margin - venue.maintenance
        return ruin if one.stop is None else min(ruin, abs(price - one.stop) / price)


def steps(market: Market) -> list[Step]:
    before, found = market.start(), []
    for t, run in enumerate(bar_by_bar(market)):
        found.append(Step(market, t, before, run))
        before = run.state
    return found


@cache
def many() -> list[Step]:
    """Enough of everything to see that no property here is one of nothing."""
    return [step for seed in range(24) for step in steps(random_market(seed, 200, 1 + seed % 3))]


def without_flows(panel: Panel) -> Panel:
    """A withdrawal is not asked whether there is so much cash."""
    events = panel.events.copy()
    events[:, FLOW] = 0.0
    return panel._replace(events=events)


def on_grid(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) < 1e-6


@examples
@given(market=markets)
def test_a_position_is_never_larger_than_any_limit_of_its_own(market):
    for step in steps(market):
        for i, one in step.entries:
            equity, profile, rules = step.account.equity, market.profile, step.rules(i)
            value = abs(one.quantity) * (one.limit or one.price)
            figures = market.panel.figures[step.t, i].tolist()
            deviation = figures[1] * np.sqrt(profile.horizon)
            kelly = profile.kelly_fraction * abs(one.edge_bps) / 1e4 / deviation**2
            most = min(profile.max_position, rules.size, market.instruments[i].class_limit, kelly)
            assert value <= most * rules.share * equity * EASE
            assert value * step.distance(i, one) <= profile.max_position_risk * rules.share * equity * EASE


TIGHT = (
    GENEROUS._replace(max_leverage=0.6),
    GENEROUS._replace(max_portfolio_risk=0.02),
    GENEROUS._replace(max_leverage=99.0, max_position=0.9),
)


@examples
@given(market=seeded_markets(150), profile=st.none() | st.sampled_from(TIGHT))
def test_all_positions_together_keep_to_leverage_risk_and_equity(market, profile):
    """Waiting entries count; each entry of a bar finds what those before it left."""
    market = replace(market, profile=profile or market.profile)
    for step in steps(market):
        exposure = at_risk = 0.0
        free = step.account.cash
        new = dict(step.entries)
        rows = sorted(range(len(step.book)), key=lambda i: (i in new, i))
        for i in rows:
            held, venue = step.book[i], market.instruments[i]
            units = held.quantity or held.ordered
            value = abs(units) * held.last
            risk = value if held.stop == 0.0 else min(value, max(0.0, units * (held.last - held.stop)))
            binds = venue.margin + (venue.taker_fee + venue.half_spread if held.quantity == 0.0 else 0.0)
            if i in new:
                price = new[i].limit or new[i].price
                asked, equity = abs(units) * price, step.account.equity
                assert exposure + asked <= market.profile.max_leverage * equity * EASE
                assert asked * step.distance(i, new[i]) + at_risk <= market.profile.max_portfolio_risk * equity * EASE
                assert asked * binds <= free * EASE
            exposure += value
            at_risk += risk
            free += held.quantity * held.last - value * binds


@examples
@given(market=markets)
def test_a_cash_account_never_owes(market):
    plain = tuple(
        one._replace(margin=1.0, maintenance=0.0, shorts=0.0, long_carry=min(one.long_carry, 0.0))
        for one in market.instruments
    )
    for step in steps(Market(without_flows(market.panel), market.profile, market.rules, plain, market.house)):
        assert step.account.cash >= -1e-6
        assert all(one.quantity >= 0.0 for one in step.book)


@examples
@given(market=markets)
def test_orders_are_what_the_venue_takes(market):
    for step in steps(market):
        for one in step.orders:
            venue = market.instruments[step.row(one)]
            assert on_grid(one.quantity, venue.lot)
            assert one.quantity != 0.0
            price = one.limit or one.price
            if one.reason is not Reason.ENTER_EDGE:
                assert abs(one.quantity) * price >= venue.min_notional
                continue
            side = 1.0 if one.quantity > 0.0 else -1.0
            worst = min(price, one.stop or price)
            assert abs(one.quantity) * worst >= venue.min_notional
            for level in (one.limit, one.stop, one.target, one.partial):
                assert level is None or (level > 0.0 and on_grid(level, venue.tick))
            assert one.limit is None or side * (one.price - one.limit) >= 0.0
            assert one.stop is None or side * (price - one.stop) > 0.0
            assert one.target is None or side * (one.target - price) > 0.0
            assert one.partial is None or one.target is None or side * (one.target - one.partial) > 0.0
            if one.partial is not None and one.part > 0.0:
                assert on_grid(one.part, venue.lot)
                assert one.part * worst >= venue.min_notional
                assert (abs(one.quantity) - one.part) * worst >= venue.min_notional
            assert side > 0.0 or (venue.shorts == 1.0 and step.rules(step.row(one)).shorts == 1.0)


@examples
@given(market=markets)
def test_fills_are_what_the_bar_could_give(market):
    for step in steps(market):
        for row in step.run.fills:
            i, leg, quantity, price = int(row[FILL_ROW]), int(row[FILL_LEG]), row[FILL_QUANTITY], row[FILL_PRICE]
            venue, bar = market.instruments[i], step.bar(i)
            assert is_usable(bar)
            assert bar.volume != 0.0
            assert on_grid(quantity, venue.lot)
            assert on_grid(price, venue.tick)
            if not np.isnan(bar.volume):
                assert abs(quantity) <= bar.volume * venue.volume_share * EASE
            waited = step.before.position(i)
            if leg == Leg.ENTRY and waited.limit > 0.0:
                assert (waited.limit - price) * quantity >= 0.0
            if leg in (Leg.TARGET, Leg.PARTIAL):
                assert bar.low * (1.0 - 1e-9) - venue.tick <= price <= bar.high * EASE + venue.tick


@examples
@given(market=markets)
def test_no_more_positions_on_a_day_than_the_rules_allow(market):
    most = max(rules.max_entries for rules in market.rules)
    opened: Counter[tuple[int, int]] = Counter()
    for step in steps(market):
        day = int(market.panel.ts[step.t] // DAY)
        for row in step.run.fills[step.run.fills[:, FILL_LEG] == Leg.ENTRY]:
            opened[day, int(row[FILL_ROW])] += 1
    assert all(count <= most for count in opened.values())


@examples
@given(market=markets)
def test_no_position_outstays_its_bars(market):
    for step in steps(market):
        for i, one in enumerate(step.book):
            able = market.panel.decided[step.t] and is_usable(step.bar(i)) and step.gate(i) not in FORBID_ALL
            if able and one.quantity and one.age >= step.rules(i).max_bars:
                assert one.ordered == -one.quantity or abs(one.quantity) * one.last < market.instruments[i].min_notional


@examples
@given(market=markets)
def test_pauses_and_gates_let_no_entry_through(market):
    for step in steps(market):
        account, profile = step.account, market.profile
        for i, one in step.entries:
            assert step.gate(i) == 0
            assert account.paused_until == 0.0
            assert account.equity > account.peak * (1.0 - profile.max_drawdown)
            assert step.ladder.level == Level.NONE
            assert step.ladder.equity > step.ladder.day_start * (1.0 - market.house.daily_loss)
            assert step.ladder.equity > step.ladder.week_start * (1.0 - market.house.weekly_loss)
            assert step.ladder.equity > step.ladder.peak * (1.0 - market.house.max_drawdown)
            assert step.ladder.equity > step.ladder.crest * (1.0 - market.house.entries_drawdown)
            assert is_usable(step.bar(i))
            assert step.before.position(i).quantity == 0.0 or step.run.fills.size
            assert one.bar == market.panel.ts[step.t]
        for one in step.orders:
            assert market.panel.decided[step.t]
            assert step.gate(step.row(one)) not in FORBID_ALL


@examples
@given(market=markets)
def test_an_order_that_waits_is_the_whole_position_or_opens_one(market):
    for step in steps(market):
        for one in step.book:
            trims = step.market.house is not NONE
            assert one.quantity == 0.0 or one.ordered in (0.0, -one.quantity) or trims
            assert one.quantity == 0.0 or one.ordered * one.quantity <= 0.0
            assert one.quantity == 0.0 or abs(one.ordered) <= abs(one.quantity)
            assert one.part == 0.0 or one.partial == 0.0 or one.part <= abs(one.quantity or one.ordered)


def test_there_is_enough_of_everything():
    entries = [(step, i, one) for step in many() for i, one in step.entries]
    legs = Counter(int(leg) for step in many() for leg in step.run.fills[:, FILL_LEG])
    assert len(entries) > 500
    assert {Leg(leg) for leg in legs} == set(Leg) - {Leg.NONE, Leg.EXPIRED, Leg.ADD, Leg.EXTERNAL}
    assert min(legs.values()) > 20
    assert {one.bound.name for _, _, one in entries} >= {"KELLY", "POSITION_RISK", "PORTFOLIO_RISK", "LEVERAGE", "CASH"}
    assert sum(one.quantity < 0.0 for _, _, one in entries) > 50
    assert sum(one.limit is not None for _, _, one in entries) > 50
