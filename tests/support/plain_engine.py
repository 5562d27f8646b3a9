"""The backtest again, written from the docstrings alone: objects, exact fractions, no arrays and nothing compiled."""

import math
from dataclasses import dataclass, field

from plain_entries import Claims, Order, Question, Stall
from plain_market import Candle, Deal, Trade, Venue, above, down, nearest

from models.engine import Panel
from models.risk import RiskProfile
from models.specialists import Rules
from models.types import Bound, Instrument, Leg, Reason
from models.types.timeframes import DAY

SUMS = ("realised", "fees", "slip", "carry", "income", "traded")
FORBID_ALL = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA)


@dataclass
class Desk:
    """Everything that happens, bar after bar."""

    profile: RiskProfile
    rules: tuple[Rules, ...]
    instruments: tuple[Instrument, ...]
    cash: float
    money: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUMS, 0.0))
    orders: list[Order] = field(default_factory=list)
    fills: list[tuple[int, int, Deal]] = field(default_factory=list)
    reasons: list[list[int]] = field(default_factory=list)
    held: list[list[float]] = field(default_factory=list)
    equities: list[float] = field(default_factory=list)
    pause_end: float | None = None
    today: int | None = None

    def __post_init__(self) -> None:
        self.stalls = [Stall(Venue(one)) for one in self.instruments]
        self.peak = self.equity = self.morning = self.cash

    def run(self, panel: Panel) -> "Desk":
        for t, ts in enumerate(panel.ts.tolist()):
            candles = [self.candle(panel, t, i) for i in range(len(self.stalls))]
            if ts // DAY != self.today:
                self.begin(ts // DAY)
            self.trade_in(t, candles, panel.actions[t].tolist())
            said = [0] * len(self.stalls)
            if panel.decided[t]:
                said = self.close(t, ts // DAY, panel, candles)
            self.reasons.append(said)
            self.held.append([stall.held for stall in self.stalls])
            self.equities.append(self.equity)
        return self

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
        self.today, self.morning = day, self.equity

    @staticmethod
    def candle(panel: Panel, t: int, i: int) -> Candle:
        begin, end = panel.finer_rows[t, i].tolist()
        return Candle(*panel.prices[t, i].tolist(), [(high, low) for high, low in panel.finer[begin:end].tolist()])

    def go_ex(self, stall: Stall, split: float, dividend: float) -> None:
        """Dividends on old units; then the split: an entry that waits is void, fractions of a lot are paid out."""
        trade, rules = stall.trade, stall.venue.rules
        self.cash += stall.held * dividend
        self.money["income"] += stall.held * dividend
        if split == 1.0:
            return
        last, stall.last = stall.last, stall.last / split
        if trade is None or not trade.held:
            stall.trade = None
            return
        new = trade.held * split
        kept = math.copysign(down(abs(new), rules.lot), new)
        paid, gone = (new - kept) * last / split, trade.cost - trade.cost * (kept / new)
        self.cash += paid
        self.money["realised"] += paid - gone
        if kept == 0.0:
            stall.trade = None
            return
        trade.held, trade.cost = kept, trade.cost - gone
        trade.entry, trade.best, trade.atr = trade.entry / split, trade.best / split, trade.atr / split
        trade.part = down(trade.part * split, rules.lot)
        below, over = (down, above) if trade.is_long else (above, down)
        trade.stop = (below(trade.stop / split, rules.tick) or None) if trade.stop else None
        trade.target = (over(trade.target / split, rules.tick) or None) if trade.target else None
        trade.partial = (over(trade.partial / split, rules.tick) or None) if trade.partial else None

    def trade_in(self, t: int, candles: list[Candle], actions: list[list[float]]) -> None:
        """What a bar's market does: actions, the opens of all symbols, resting entries of all, then levels of all."""
        for stall, happened in zip(self.stalls, actions, strict=True):
            self.go_ex(stall, *happened)
        sound = [(i, stall, candles[i]) for i, stall in enumerate(self.stalls) if candles[i].is_sound]
        open_for_trade = [one for one in sound if one[2].volume != 0.0]
        resting = []
        for i, stall, candle in open_for_trade:
            if stall.trade is not None and stall.trade.rests_over(candle.open):
                resting.append((i, stall, candle))
            elif stall.trade is not None and stall.trade.wanted:
                self.enter(t, i, stall, stall.trade.open_in(candle, self.free_for(stall)))
            elif stall.trade is not None and stall.trade.leaving:
                self.book(t, i, stall, stall.trade.leave_in(candle))
        for i, stall, candle in resting:
            assert stall.trade is not None
            self.enter(t, i, stall, stall.trade.rest_in(candle, self.free_for(stall)))
        for i, stall, candle in open_for_trade:
            if stall.trade is not None and stall.trade.held:
                self.protect(t, i, stall, candle, rested=any(one[0] == i for one in resting))
        for i, stall, candle in sound:
            if stall.trade is not None:
                stall.trade.watch(candle, rested=any(one[0] == i for one in resting))
            stall.last = candle.close

    def free_for(self, stall: Stall) -> float:
        """Equity that the positions of the other symbols do not bind."""
        return self.cash + sum(one.bound for one in self.stalls if one is not stall)

    def enter(self, t: int, i: int, stall: Stall, deal: Deal | None) -> None:
        """The entry's fill; without one the order is over."""
        if deal is None:
            stall.trade = None
        self.book(t, i, stall, deal)

    def protect(self, t: int, i: int, stall: Stall, candle: Candle, rested: bool) -> None:
        """A partial profit, then target or stop; what a stop cannot close stays ordered at market."""
        trade = stall.trade
        assert trade is not None
        lot, got = trade.venue.rules.lot, sum(abs(one.quantity) for at, row, one in self.fills if (at, row) == (t, i))
        legs, most = trade.legs_in(candle, rested), nearest(max(trade.venue.offered(candle) - got, 0.0), lot)
        if Leg.PARTIAL in legs and trade.partial is not None:
            units = min(trade.part, abs(trade.held), most)
            deal = trade.take_profit(Leg.PARTIAL, trade.partial, units, candle)
            if deal is not None:
                trade.partial, trade.part = None, 0.0
                most = nearest(most - units, lot)
            self.book(t, i, stall, deal)
        left = min(abs(trade.held), most)
        if stall.trade is None:
            return
        if Leg.STOP in legs:
            trade.leaving = True
            self.book(t, i, stall, trade.stop_out(left, candle, rested))
        elif Leg.TARGET in legs and trade.target is not None:
            self.book(t, i, stall, trade.take_profit(Leg.TARGET, trade.target, left, candle))

    def book(self, t: int, i: int, stall: Stall, deal: Deal | None) -> None:
        """Cash, cost and profit of a fill."""
        trade = stall.trade
        if deal is None or trade is None:
            return
        self.cash = self.cash - deal.quantity * deal.price - deal.fee
        if deal.leg is Leg.ENTRY:
            trade.opened_by(deal)
            stall.opened += 1
        else:
            rest = nearest(trade.held + deal.quantity, stall.venue.rules.lot)
            gone = trade.cost * (-deal.quantity / trade.held) if rest else trade.cost
            deal.realised = -deal.quantity * deal.price - deal.fee - gone
            trade.held, trade.cost, trade.part = rest, trade.cost - gone, min(trade.part, abs(rest))
            stall.trade = trade if rest else None
        for name, amount in (
            ("realised", deal.realised),
            ("fees", deal.fee),
            ("slip", deal.slip),
            ("traded", abs(deal.quantity) * deal.price),
        ):
            self.money[name] += amount
        self.fills.append((t, i, deal))

    def close(self, t: int, day: int, panel: Panel, candles: list[Candle]) -> list[int]:
        """The mark and pauses; then one decision a symbol, each taking of what is left."""
        self.equity = self.cash + sum(stall.held * stall.last for stall in self.stalls)
        pause, claims = self.pause(day), Claims()
        for stall in self.stalls:
            claims.add(stall)
        said = []
        for i, (stall, candle) in enumerate(zip(self.stalls, candles, strict=True)):
            regime, gate = panel.codes[t, i].tolist()
            order = self.decide(stall, candle, panel.figures[t, i].tolist(), regime, Reason(gate), pause, claims)
            order.t, order.row = t, i
            said.append(int(order.reason))
            if order.quantity:
                self.orders.append(order)
        return said

    def pause(self, day: int) -> Reason | None:
        if self.pause_end is not None:
            if day < self.pause_end:
                return Reason.REFUSED_DRAWDOWN
            self.pause_end, self.peak = None, self.equity
        self.peak = max(self.peak, self.equity)
        if self.equity <= self.peak * (1.0 - self.profile.max_drawdown):
            self.pause_end = day + self.profile.pause_days
            return Reason.REFUSED_DRAWDOWN
        return Reason.REFUSED_DAILY_LOSS if self.equity <= self.morning * (1.0 - self.profile.daily_loss) else None

    def decide(self, stall, candle, figures, regime, gate, pause, claims) -> Order:
        """One symbol at a close."""
        trade = stall.trade
        now = trade.regime if trade else regime
        say = lambda reason: Order(0, 0, 0.0, reason, Bound.NONE, now)  # noqa: E731
        if gate in FORBID_ALL:
            return say(gate)
        if not candle.is_sound:
            return say(Reason.REFUSED_BAD_PRICE)
        if trade is None:
            question = Question(stall, candle.close, *figures, regime, self.rules[regime], self.profile)
            return question.answer(self.equity, self.cash, gate, pause, claims)
        if trade.ordered:
            return say(Reason.HOLD_ORDER)
        rules, toward = self.rules[trade.regime], figures[0] if trade.is_long else -figures[0]
        if not (trade.age >= rules.max_bars or toward < rules.exit_edge):
            self.trail(trade, rules)
            return say(Reason.HOLD_POSITION)
        if abs(trade.held) * candle.close < stall.venue.rules.min_notional:
            self.trail(trade, rules)
            return say(Reason.REFUSED_MIN_NOTIONAL)
        trade.leaving = True
        reason = Reason.EXIT_TIME if trade.age >= rules.max_bars else Reason.EXIT_EDGE
        return Order(0, 0, -trade.held, reason, Bound.NONE, now)

    @staticmethod
    def trail(trade: Trade, rules: Rules) -> None:
        """The stop follows the best price, and only forward."""
        side = 1.0 if trade.is_long else -1.0
        gaps = [trade.best * rules.trail] if rules.trail < math.inf else []
        if rules.trail_atr < math.inf:
            gaps.append(rules.trail_atr * trade.atr)
        if not gaps:
            return
        level = trade.best - side * min(gaps)
        if level <= 0.0:
            return
        level = down(level, trade.venue.tick) if trade.is_long else above(level, trade.venue.tick)
        if level > 0.0 and (trade.stop is None or side * (level - trade.stop) > 0.0):
            trade.stop = level
