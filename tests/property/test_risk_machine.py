"""Prices, orders, deposits, releases, stops from outside, reloads and restarts in any order, through a real journal.

No breaker is ever lost, no limit is exceeded by a step, equity is marked right, and a deposit or withdrawal trips
nothing. The stops are held against a ladder written by hand.
"""

import itertools
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from plain_ladder import FLATTEN, NONE, Falls, PlainLadder
from single import single

from data.journal import Decision, Journal, RiskEvent, RiskKind, RiskLog, Settled, open_journal
from models.engine import Panel, Run, parameters_of, run_backtest
from models.engine.panel import TAIL_LONG, TAIL_SHORT, empty_panel
from models.engine.state import ORDERED, QUANTITY
from models.portfolio import Account
from models.regime import RegimeSettings
from models.risk import House, Ladder, RiskProfile, no_house
from models.specialists import OFF, plain_rules
from models.types import Breaker, Instrument, Level, Reason, Regime, Series
from models.types.timeframes import HOUR
from tasks.session.book import Book
from tasks.session.carried import carried_of, state_of
from tasks.session.stops import act_on

pytestmark = pytest.mark.risk

SYMBOLS = ("AAA", "BBB", "CCC")
CAPITAL = 10_000.0
STEP = 6 * HOUR
START = 1_600_000_000_000_000 // STEP * STEP
TAIL = 0.05
CASH = Account._fields.index("cash")
ENTRIES = (Reason.ENTER_EDGE, Reason.ENTER_WEIGHT, Reason.ADD_WEIGHT)
# A third of equity whatever the edge, long or short; it leaves where the edge turns.
RULES = plain_rules(0.0, 1.0, 1.0, OFF, OFF, shorts=1.0)._replace(size=0.34, exit_edge=0.0)
VENUE = Instrument(tick=0.01, lot=0.001, min_notional=0.0, taker_fee=0.001, maker_fee=0.001, margin=0.3, shorts=1.0)
NEAR = 1e-9
MARKS = ("peak", "crest", "day_start", "week_start")

moves = st.one_of(st.floats(-0.03, 0.03), st.floats(-0.15, 0.12))
edges = st.sampled_from((80.0, 80.0, -80.0, math.nan))
houses = st.builds(
    no_house()._replace,
    entries_drawdown=st.sampled_from((0.02, 0.05)),
    max_drawdown=st.sampled_from((0.10, 0.20)),
    daily_loss=st.sampled_from((0.03, 0.05)),
    weekly_loss=st.sampled_from((0.06, 0.10)),
    max_var=st.sampled_from((0.012, 0.02, 0.04)),
    max_positions=st.sampled_from((1.0, 2.0, 10.0)),
    max_trades=st.sampled_from((1.0, 2.0, 20.0)),
    delever_floor=st.just(0.25),
    delever_band=st.just(0.1),
)
profiles = st.builds(
    RiskProfile,
    max_portfolio_risk=st.just(10.0),
    max_position_risk=st.just(10.0),
    max_position=st.sampled_from((0.1, 0.25, 0.5)),
    max_leverage=st.sampled_from((0.3, 1.0)),
    max_drawdown=st.just(0.95),
    kelly_fraction=st.just(100.0),
    pause_days=st.just(0.0),
    horizon=st.just(1.0),
)


class RiskMachine(RuleBasedStateMachine):
    """One book in a journal that all machines share."""

    folder = tempfile.TemporaryDirectory()
    numbers = itertools.count()

    @initialize(house=houses, profile=profiles)
    def begin(self, house: House, profile: RiskProfile) -> None:
        self.path = Path(self.folder.name) / "journal.sqlite"
        self.journal: Journal = open_journal(self.path)
        self.name = f"book {next(self.numbers)}"
        self.house, self.profile = house, profile
        self.ts, self.close = START, np.full(len(SYMBOLS), 100.0)
        self.missed: list[Panel] = []
        self.plain = PlainLadder.of(CAPITAL)
        self.cash, self.trades, self.paid = CAPITAL, 0, 0.0

    @property
    def book(self) -> Book:
        rules, venues = (RULES,) * len(Regime), (VENUE,) * len(SYMBOLS)
        systems = single(self.profile, rules, venues, CAPITAL, SYMBOLS)
        series = tuple(Series("venue", symbol, "1h") for symbol in SYMBOLS)
        parameters = parameters_of(systems, self.house)
        return Book(self.name, series, len(series), parameters, RegimeSettings(), 20, CAPITAL)

    @rule(house=houses, profile=profiles)
    def reload(self, house: House, profile: RiskProfile) -> None:
        self.house, self.profile = house, profile

    @rule()
    def restart(self) -> None:
        self.journal.engine.dispose()
        self.journal = open_journal(self.path)

    @precondition(lambda self: self.paid == 0.0)
    @rule(part=st.floats(-0.3, 0.5).filter(lambda one: abs(one) > 1e-3))
    def pay(self, part: float) -> None:
        self.paid = part * self.plain.last
        self._tell(RiskKind.FLOW, amount=self.paid)

    @rule()
    def release(self) -> None:
        self._tell(RiskKind.RELEASE)

    @rule(level=st.sampled_from((Level.PAUSE, Level.REDUCE, Level.FLATTEN)))
    def force(self, level: Level) -> None:
        self._tell(RiskKind.FORCED, level)

    def _tell(self, kind: RiskKind, level: Level = Level.NONE, amount: float = 0.0) -> None:
        event = RiskEvent(self.name, self.ts, kind, "x", "y", level, Breaker.PERSON, amount=amount)
        RiskLog(self.journal.engine).record_event(event)

    @rule(changes=st.tuples(moves, moves, moves), said=st.tuples(edges, edges, edges))
    def miss(self, changes: tuple[float, ...], said: tuple[float, ...]) -> None:
        """A bar on which nobody decides."""
        row = self._bar(changes, said)
        row.decided[:] = False
        self.missed.append(row)

    @rule(changes=st.tuples(moves, moves, moves), said=st.tuples(edges, edges, edges))
    def decide(self, changes: tuple[float, ...], said: tuple[float, ...]) -> None:
        """A bar, and the cycle that settles, decides and records as the product does."""
        panel = _joined([*self.missed, self._bar(changes, said)])
        book, last = self.book, self.journal.last_decision(self.name)
        waiting = RiskLog(self.journal.engine).waiting_events(self.name)
        before = state_of(book, last)
        act_on(panel, -1, SYMBOLS, waiting)
        run = run_backtest(panel, book.parameters, before)
        events = tuple(run.ladder_events())
        bar = int(panel.ts[-1])
        left, after = carried_of(book, before), carried_of(book, run.state)
        decision = Decision(
            f"{self.name} {bar}", self.name, bar, bar, "v", {}, {}, {}, (), (), (), {}, left, after, events
        )
        consumed = tuple(one.id for one in waiting if one.id is not None)
        follows = None if last is None else last.bar
        assert self.journal.record_decision(decision, follows, Settled("paper"), "{}", consumed)
        assert RiskLog(self.journal.engine).waiting_events(self.name) == []
        kept = self.journal.last_decision(self.name)
        assert kept is not None
        assert repr(kept.state_after) == repr(after)
        assert kept.events == events
        self._check(run, panel, waiting)
        self.missed, self.paid = [], 0.0

    def _bar(self, changes: tuple[float, ...], said: tuple[float, ...]) -> Panel:
        panel = empty_panel(np.array([self.ts]), len(SYMBOLS), np.empty((0, 2)))
        after = np.maximum(np.round(self.close * (1.0 + np.array(changes)), 2), 1.0)
        high, low = np.maximum(self.close, after), np.minimum(self.close, after)
        panel.prices[0] = np.column_stack([self.close, high, low, after, np.full(len(SYMBOLS), 1e9)])
        panel.figures[0, :, 0] = said
        panel.figures[0, :, 1:5] = 0.005, 0.01, 0.97, 1.03
        panel.codes[0, :, 0], panel.codes[0, :, 1] = int(Regime.TRENDING), 0
        panel.tails[0, :, TAIL_LONG] = panel.tails[0, :, TAIL_SHORT] = TAIL
        self.close, self.ts = after, self.ts + STEP
        return panel

    def _check(self, run: Run, panel: Panel, waiting: list[RiskEvent]) -> None:
        equity = self._mark_by_hand(run)
        for ts in panel.ts.tolist():
            if self.plain.day is not None and ts // (24 * HOUR) != self.plain.day:
                self.trades = 0
            self.plain.bar(ts)
        was, paid = self.plain.level, math.fsum(one.amount for one in waiting if one.kind is RiskKind.FLOW)
        if paid != 0.0:
            self.plain.pay(equity - paid, paid)
        person = any(one.kind is RiskKind.RELEASE for one in waiting)
        if person:
            self.plain.release(equity)
        house = self.house
        falls = Falls(house.entries_drawdown, house.daily_loss, house.weekly_loss, house.max_drawdown)
        self.plain.mark(equity, falls)
        assume(not self.plain.edge)
        forced = [int(one.level) for one in _since_release(waiting) if one.kind is RiskKind.FORCED]
        self.plain.force(max(forced, default=NONE))
        ladder = Ladder(*run.state.ladder.tolist())
        level = int(ladder.level)
        assert level == self.plain.level
        for name in MARKS:
            assert getattr(ladder, name) == pytest.approx(getattr(self.plain, name), rel=NEAR), name
        assert level >= was or person
        self._check_orders(run, panel, equity, level)

    def _mark_by_hand(self, run: Run) -> float:
        """Cash by the fills, and positions at the closes: what the account has to be worth."""
        for one in run.executions():
            self.cash -= one.quantity * one.price + one.fee
        self.cash += self.paid
        assert float(run.state.accounts[0, CASH]) == pytest.approx(self.cash, rel=NEAR, abs=1e-6)
        equity = self.cash + math.fsum((run.state.book[:, QUANTITY] * self.close).tolist())
        assert Ladder(*run.state.ladder.tolist()).equity == pytest.approx(equity, rel=NEAR)
        return equity

    def _check_orders(self, run: Run, panel: Panel, equity: float, level: int) -> None:
        made = [one for one in run.intents() if one.reason in ENTRIES]
        assert not made or level == NONE
        quantity, ordered = run.state.book[:, QUANTITY], run.state.book[:, ORDERED]
        if level == FLATTEN:
            assert all(wants * held < 0.0 for held, wants in zip(quantity, ordered, strict=True) if held != 0.0)
            assert not ordered[quantity == 0.0].any()
        self.trades += len(made)
        if not made:
            return
        more = 1.0 + NEAR
        entering = np.where(quantity * ordered >= 0.0, ordered, 0.0)
        values = (np.abs(quantity) + np.abs(entering)) * self.close
        assert self.trades <= self.house.max_trades
        assert np.count_nonzero(values) <= self.house.max_positions
        assert values.sum() <= self.profile.max_leverage * equity * more
        assert TAIL * values.sum() <= self.house.max_var * equity * more  # all move together
        for one in made:
            assert abs(one.quantity) * one.price <= self.profile.max_position * equity * more


def _since_release(events: list[RiskEvent]) -> list[RiskEvent]:
    released = [k for k, one in enumerate(events) if one.kind is RiskKind.RELEASE]
    return events[released[-1] + 1 :] if released else events


def _joined(rows: list[Panel]) -> Panel:
    """Rows one after the other; correlations and finer bars are those of the first."""
    shared = ("finer", "links")
    columns = {
        name: np.concatenate([getattr(one, name) for one in rows]) for name in Panel._fields if name not in shared
    }
    return rows[0]._replace(**columns)


TestRiskMachine = RiskMachine.TestCase
TestRiskMachine.settings = settings(
    max_examples=40,
    stateful_step_count=35,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
