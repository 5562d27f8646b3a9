"""The backtest again, written from the docstrings alone: objects, exact fractions, no arrays and nothing compiled.

Here is one trading system; plain_desk has them side by side.
"""

import math
from dataclasses import dataclass, field

from plain_actions import go_ex
from plain_entries import Question
from plain_grid import nearest
from plain_handover import cleared, cut, sold, taken_over, trail, trimmed, weighed
from plain_market import Candle, Deal, Trade, Venue
from plain_meta import Ensemble, cause_of
from plain_stalls import Claims, Order, Stall
from plain_stops import NEVER, Common, Stops, fall_from, has_fallen

from models.engine import Panel, System
from models.types import Bound, Leg, Level, Reason

SUMS = ("realised", "fees", "slip", "carry", "income", "traded")
FORBID_ALL = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA)


@dataclass
class Branch:
    """One trading system; `first` is its first row of the book."""

    system: System
    first: int
    money: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUMS, 0.0))
    orders: list[Order] = field(default_factory=list)
    fills: list[tuple[int, int, Deal, int]] = field(default_factory=list)
    switches: list[list[int]] = field(default_factory=list)
    pause_end: float | None = None
    today: int | None = None

    def __post_init__(self) -> None:
        self.profile = self.system.profile
        self.ensemble = Ensemble(self.system.controller)
        self.stalls = [Stall(Venue(slot.instrument), slot, self.first + i) for i, slot in enumerate(self.system.slots)]
        self.cash = self.peak = self.equity = self.system.capital

    @property
    def worth(self) -> float:
        """Cash, and positions at their last closes."""
        return self.cash + sum(stall.held * stall.last for stall in self.stalls)

    def live(self, t: int, day: int, panel: Panel, candles: list[Candle]) -> None:
        """What one bar does before anything is decided."""
        if day != self.today:
            self.begin(day)
        for stall in self.stalls:
            go_ex(self, stall, *panel.actions[t, stall.slot.column].tolist())
        self.trade_in(t, candles)

    def begin(self, day: int) -> None:
        """A new day before its first bar: nothing opened on it, and carry for the midnights at the last closes."""
        for stall in self.stalls:
            stall.opened = 0
            if self.today is not None and stall.held:
                rules = stall.venue.rules
                rate = rules.long_carry if stall.held > 0.0 else rules.short_carry
                carry = abs(stall.held) * stall.last * rate * (day - self.today)
                self.cash -= carry
                self.money["carry"] += carry
        self.today = day

    def trade_in(self, t: int, candles: list[Candle]) -> None:
        """What a bar's market does: the opens of all symbols, resting entries of all, then levels of all."""
        sound = [(one, candles[one.slot.column]) for one in self.stalls if candles[one.slot.column].is_sound]
        open_for_trade = [one for one in sound if one[1].volume != 0.0]
        resting = []
        for stall, candle in open_for_trade:
            trade = stall.trade
            if trade is not None and trade.rests_over(candle.open):
                resting.append((stall, candle))
            elif trade is not None and trade.wanted:
                self.enter(t, stall, trade.open_in(candle, self.free_for(stall)))
            elif trade is not None and trade.grows:
                deal = trade.add_in(candle, self.free_for(stall) + stall.bound)
                trade.change = 0.0
                self.book(t, stall, deal)
            elif trade is not None and trade.ordered:
                self.book(t, stall, trade.leave_in(candle))
        for stall, candle in resting:
            assert stall.trade is not None
            self.enter(t, stall, stall.trade.rest_in(candle, self.free_for(stall)))
        rested = [stall for stall, _ in resting]
        for stall, candle in open_for_trade:
            if stall.trade is not None and stall.trade.held:
                self.protect(t, stall, candle, any(one is stall for one in rested))
        for stall, candle in sound:
            if stall.trade is not None:
                stall.trade.watch(candle, rested=any(one is stall for one in rested))
            stall.last = candle.close

    def free_for(self, stall: Stall) -> float:
        """Equity that the positions of the other symbols do not bind."""
        return self.cash + sum(one.bound for one in self.stalls if one is not stall)

    def enter(self, t: int, stall: Stall, deal: Deal | None) -> None:
        """The entry's fill; without one the order is over."""
        if deal is None:
            stall.trade = None
        self.book(t, stall, deal)

    def protect(self, t: int, stall: Stall, candle: Candle, rested: bool) -> None:
        """A partial profit, then target or stop; what a stop cannot close stays ordered at market."""
        trade = stall.trade
        assert trade is not None
        lot = trade.venue.rules.lot
        got = sum(abs(one.quantity) for at, row, one, _ in self.fills if (at, row) == (t, stall.row))
        legs, most = trade.legs_in(candle, rested), nearest(max(trade.venue.offered(candle) - got, 0.0), lot)
        if Leg.PARTIAL in legs and trade.partial is not None:
            units = min(trade.part, abs(trade.held), most)
            deal = trade.take_profit(Leg.PARTIAL, trade.partial, units, candle)
            if deal is not None:
                trade.partial, trade.part = None, 0.0
                most = nearest(most - units, lot)
            self.book(t, stall, deal)
        left = min(abs(trade.held), most)
        if stall.trade is None:
            return
        if Leg.STOP in legs:
            trade.leaving = True
            self.book(t, stall, trade.stop_out(left, candle, rested))
        elif Leg.TARGET in legs and trade.target is not None:
            self.book(t, stall, trade.take_profit(Leg.TARGET, trade.target, left, candle))

    def book(self, t: int, stall: Stall, deal: Deal | None) -> None:
        """Cash, cost and profit of a fill; a position that ends is a trade of its specialist."""
        trade = stall.trade
        if deal is None or trade is None:
            return
        self.cash = self.cash - deal.quantity * deal.price - deal.fee
        if deal.leg is Leg.ENTRY:
            trade.opened_by(deal)
            stall.opened += 1
        elif deal.leg is Leg.ADD:
            trade.added_by(deal)
        else:
            self.reduce(stall, trade, deal)
        for name, amount in (
            ("realised", deal.realised),
            ("fees", deal.fee),
            ("slip", deal.slip),
            ("traded", abs(deal.quantity) * deal.price),
        ):
            self.money[name] += amount
        self.fills.append((t, stall.row, deal, trade.owner))

    def reduce(self, stall: Stall, trade: Trade, deal: Deal) -> None:
        """A part of a position or all of it; what is to be sold is never more than is left."""
        rest = nearest(trade.held + deal.quantity, stall.venue.rules.lot)
        gone = trade.cost * (-deal.quantity / trade.held) if rest else trade.cost
        deal.realised = -deal.quantity * deal.price - deal.fee - gone
        trade.held, trade.cost, trade.part = rest, trade.cost - gone, min(trade.part, abs(rest))
        trade.earned += deal.realised
        if deal.leg is Leg.EXIT and trade.change:
            trade.change = nearest(trade.change - deal.quantity, stall.venue.rules.lot)
        elif trade.change and abs(trade.change) >= abs(rest):
            trade.leaving, trade.change = True, 0.0
        if not rest:
            assert self.today is not None
            if not stall.slot.haven:
                self.ensemble.benches[trade.owner].trades.append((trade.earned / trade.spent, self.today))
            stall.trade = None

    def mark(self, person: bool) -> list[tuple[bool, float, float]]:
        """Its own pause at a close: whether it was tripped or released, by what, and what is allowed."""
        self.equity, told = self.worth, []
        assert self.today is not None
        if self.pause_end is not None and (person or self.today >= self.pause_end):
            self.pause_end, self.peak = None, self.equity
            told.append((False, 0.0, 0.0))
        if self.pause_end is None:
            self.peak = max(self.peak, self.equity)
            if has_fallen(self.peak, self.equity, self.profile.max_drawdown):
                days = self.profile.pause_days
                self.pause_end = self.today + days if days else NEVER
                told.append((True, fall_from(self.peak, self.equity), self.profile.max_drawdown))
        return told

    def close(self, t: int, panel: Panel, candles: list[Candle], stops: Stops, common: Common, sells: float) -> list:
        """One decision a symbol, each taking of what is left."""
        claims = Claims()
        for stall in self.stalls:
            claims.add(stall, waits=stops.level < Level.REDUCE)
        assert self.today is not None
        self.ensemble.judge(self.today)
        said = []
        for stall in self.stalls:
            was_flat = stall.trade is None or not stall.trade.held
            order = self.decide(t, stall, candles[stall.slot.column], panel, stops, common, sells, claims)
            order.t, order.row = t, stall.row
            said.append(int(order.reason))
            if order.quantity:
                self.orders.append(order)
                if order.quantity * stall.held >= 0.0:
                    common.hold(stall, order.quantity)
                    common.positions += was_flat
                    stops.entries += was_flat
        return said

    def pause(self, stall: Stall, stops: Stops, common: Common) -> Reason | None:
        """What forbids an entry or addition: the account's stop, its own, or a count that an entry would pass."""
        if stops.refusal is not None:
            return stops.refusal
        if self.pause_end is not None:
            return Reason.REFUSED_STRATEGY
        if not stall.held and common.positions >= stops.house.max_positions:
            return Reason.REFUSED_POSITIONS
        if not stall.held and stops.entries >= stops.house.max_trades:
            return Reason.REFUSED_TRADES_TODAY
        return None

    def decide(self, t, stall, candle, panel, stops, common, sells, claims) -> Order:
        """One symbol at a close: what forbids everything, who is in charge, and what that one wants."""
        slot, trade = stall.slot, stall.trade
        gate, guided = (Reason(int(panel.codes[t, one, 1])) for one in (slot.column, slot.guide))
        regime = int(panel.codes[t, slot.guide, 0])
        gate = guided if guided in FORBID_ALL else gate
        say = lambda reason: Order(0, 0, 0.0, reason, Bound.NONE, regime)  # noqa: E731
        if stops.level >= Level.REDUCE and trade is not None and not trade.held:
            stall.trade = None
            return say(Reason.HOLD_WITHDRAWN)
        if stops.level >= Level.REDUCE and trade is not None and trade.grows:
            trade.change = 0.0
        if gate in FORBID_ALL:
            return say(gate)
        if not candle.is_sound:
            return say(Reason.REFUSED_BAD_PRICE)
        self.appoint(t, stall, regime)
        if stops.level is Level.FLATTEN and trade is not None and not trade.leaving:
            return cleared(candle.close, trade)
        part = float(panel.tails[t, slot.column, 3])
        order = cut(candle.close, trade, part) if part and trade is not None and trade.held else None
        if order is not None:
            return order
        if trade is not None and trade.ordered:
            return say(Reason.HOLD_ORDER)
        rules = None if stall.charge is None else slot.rules[stall.charge]
        figures = panel.figures[t, slot.column].tolist()
        share, dynamic = slot.rules[regime].share, 1.0
        if claims.risky > self.system.controller.crowded_at * self.equity:
            share *= self.system.controller.crowded_share
        if not slot.haven:
            dynamic = max(stops.house.delever_floor, float(panel.tails[t, slot.column, 2]) * stops.share)
        shares = share * dynamic, dynamic
        question = Question(
            stall, candle.close, *figures, regime, rules or slot.rules[0], self.profile, *shares, stops, common
        )
        pause = self.pause(stall, stops, common)
        if rules is not None and rules.weight < math.inf:
            order = weighed(question, self.equity, self.cash, gate, pause, claims)
        elif trade is not None:
            order = self.keep_or_leave(question, trade, slot.rules[trade.owner], claims)
        elif rules is None:
            return say(Reason.REFUSED_NOBODY)
        else:
            return question.answer(self.equity, self.cash, gate, pause, claims)
        if sells and trade is not None and not trade.ordered:
            return trimmed(question, trade, sells) or order
        return order

    def appoint(self, t: int, stall: Stall, regime: int) -> None:
        """Who is in charge from here on; another one than before is a switch."""
        who = self.ensemble.chosen(regime, stall.slot.haven, stall.charge, stall.mandate)
        if who != stall.charge:
            cause = cause_of(stall.charge, who, stall.mandate, regime)
            self.switches.append([t, stall.row, *(-1 if one is None else one for one in (stall.charge, who)), cause])
        stall.charge, stall.mandate = who, regime

    def keep_or_leave(self, question: Question, trade: Trade, own, claims: Claims) -> Order:
        """A position that is held for its edge."""
        stall, edge = question.stall, question.edge
        if trade.owner != stall.charge and own.leaves:
            return sold(question, trade, Reason.EXIT_SWITCH, own)
        if trade.owner != stall.charge and stall.charge is not None and question.rules.takes_over:
            assert self.today is not None
            value = trade.held * question.close
            gain = (trade.earned + value - trade.cost) / trade.spent
            self.ensemble.benches[trade.owner].trades.append((gain, self.today))
            trade.earned, trade.spent = trade.cost - value, abs(value)
            order = taken_over(question, trade, claims.risky, self.equity)
            if order is not None:
                return order
            own = question.rules
        if trade.age >= own.max_bars:
            return sold(question, trade, Reason.EXIT_TIME, own)
        if (edge if trade.is_long else -edge) < own.exit_edge:
            return sold(question, trade, Reason.EXIT_EDGE, own)
        trail(trade, own)
        return Order(0, 0, 0.0, Reason.HOLD_POSITION, Bound.NONE, trade.regime)
