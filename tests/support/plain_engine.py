"""The backtest again, written from the docstrings alone: objects, exact fractions, no arrays and nothing compiled."""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from models.engine import Panel
from models.risk import RiskProfile
from models.types import Bound, Instrument, Reason
from models.types.timeframes import DAY

# A quotient within this of a whole number is that number.
NEAR = Fraction(1, 10**9)


def whole_steps(value: float, step: float, up: bool) -> float:
    """The next decimal multiple of `step`, exactly."""
    exact = Fraction(repr(step))
    quotient = Fraction(value) / exact
    count = math.ceil(quotient - NEAR) if up else math.floor(quotient + NEAR)
    return float(count * exact)


def usable(price: float) -> bool:
    """Whether one can trade at it."""
    return math.isfinite(price) and price > 0.0


@dataclass
class Position:
    """One symbol's holding and order."""

    quantity: float = 0.0
    cost: float = 0.0
    entry: float = 0.0
    last: float = 0.0
    ordered: float = 0.0


@dataclass
class Desk:
    """Everything that happens, bar after bar."""

    profile: RiskProfile
    instruments: tuple[Instrument, ...]
    horizon: int
    cash: float
    positions: list[Position] = field(default_factory=list)
    log: list[list[tuple[float, Reason, Bound]]] = field(default_factory=list)
    fills: list[tuple[int, int, float, float, float, float]] = field(default_factory=list)
    equities: list[float] = field(default_factory=list)
    costs: float = 0.0
    pause_end: int | None = None
    today: int | None = None
    morning: float = 0.0

    def __post_init__(self) -> None:
        self.positions = [Position() for _ in self.instruments]
        self.peak = self.equity = self.cash

    def run(self, panel: Panel) -> "Desk":
        for t, ts in enumerate(panel.ts):
            for i in range(len(self.instruments)):
                self.fill(t, i, float(panel.open[t, i]))
            self.log.append(self.bar(int(ts // DAY), t, panel))
            self.equities.append(self.equity)
        return self

    def fill(self, t: int, i: int, opened: float) -> None:
        """A market order at the open, against us by the slippage; a buy only for lots that cash pays for."""
        one, rules = self.positions[i], self.instruments[i]
        if one.ordered == 0.0 or not usable(opened):
            return
        if one.ordered > 0.0:
            price = max(whole_steps(opened * (1.0 + rules.slippage_rate), rules.tick, up=True), rules.tick)
            lots = whole_steps(self.cash / (price * (1.0 + rules.fee_rate)), rules.lot, up=False)
            quantity = max(0.0, min(one.ordered, lots))
        else:
            price = max(whole_steps(opened * (1.0 - rules.slippage_rate), rules.tick, up=False), rules.tick)
            quantity = one.ordered
        one.ordered = 0.0
        if quantity == 0.0:
            return
        fee = abs(quantity) * price * rules.fee_rate
        self.cash -= quantity * price + fee
        self.costs += fee + abs(quantity) * abs(price - opened)
        profit = 0.0
        if quantity > 0.0:
            one.quantity, one.cost, one.entry = quantity, quantity * price + fee, price
        else:
            profit = -quantity * price - fee - one.cost
            one.quantity = one.cost = 0.0
        self.fills.append((t, i, quantity, price, fee, profit))

    def bar(self, day: int, t: int, panel: Panel) -> list[tuple[float, Reason, Bound]]:
        """Mark, look for a pause, then one decision a symbol; orders of this bar count at once."""
        gates = [Reason(int(code)) if code else None for code in panel.gate[t]]
        closes = [float(one) for one in panel.close[t]]
        for one, close, gate in zip(self.positions, closes, gates, strict=True):
            if gate not in (Reason.REFUSED_NO_BAR, Reason.REFUSED_DATA) and usable(close):
                one.last = close
        if day != self.today:
            self.today, self.morning = day, self.equity
        self.equity = self.cash + sum(one.quantity * one.last for one in self.positions)
        stop = self.profile.stop_loss
        room = {
            "cash": self.cash,
            "exposure": sum(one.quantity * one.last for one in self.positions),
            "risk": sum(max(0.0, one.quantity * (one.last - one.entry * (1.0 - stop))) for one in self.positions),
        }
        for one, rules in zip(self.positions, self.instruments, strict=True):
            waiting = max(one.ordered, 0.0) * one.last
            room["cash"] -= waiting * (1.0 + rules.fee_rate + rules.slippage_rate)
            room["exposure"] += waiting
            room["risk"] += waiting * stop
        pause = self.paused(day)
        return [
            self.decide(i, closes[i], gates[i], pause, room, float(panel.edge[t, i]), int(panel.regime[t, i]),
                        float(panel.volatility[t, i]))
            for i in range(len(self.positions))
        ]  # fmt: skip

    def paused(self, day: int) -> Reason | None:
        if self.pause_end is not None:
            if day < self.pause_end:
                return Reason.REFUSED_DRAWDOWN
            self.pause_end, self.peak = None, self.equity
        self.peak = max(self.peak, self.equity)
        if self.equity <= self.peak * (1.0 - self.profile.max_drawdown):
            self.pause_end = day + int(self.profile.pause_days)
            return Reason.REFUSED_DRAWDOWN
        return Reason.REFUSED_DAILY_LOSS if self.equity <= self.morning * (1.0 - self.profile.daily_loss) else None

    def decide(self, i, close, gate, pause, room, edge, regime, volatility) -> tuple[float, Reason, Bound]:
        one = self.positions[i]
        if gate in (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA):
            return 0.0, gate, Bound.NONE
        if not usable(close):
            return 0.0, Reason.REFUSED_BAD_PRICE, Bound.NONE
        if one.ordered != 0.0:
            return 0.0, Reason.HOLD_POSITION, Bound.NONE
        if one.quantity > 0.0:
            reason = self.exit(one, close, edge)
            one.ordered = 0.0 if reason is Reason.HOLD_POSITION else -one.quantity
            return one.ordered, reason, Bound.NONE
        rules, share = self.instruments[i], self.profile.regime_share[regime]
        cost = rules.fee_rate + rules.slippage_rate
        for reason, stands in (
            (Reason.REFUSED_NO_PREDICTION, math.isnan(edge)),
            (Reason.HOLD_FLAT, not edge > 2e4 * cost * self.profile.entry_cost_multiple),
            (gate, gate is not None),
            (pause, pause is not None),
            (Reason.REFUSED_WARM_UP, not volatility > 0.0),
            (Reason.REFUSED_REGIME, share == 0.0),
        ):
            if stands:
                return 0.0, reason, Bound.NONE
        value, bound = self.size(edge, volatility, share, cost, rules.class_limit, room)
        quantity = whole_steps(value / close, rules.lot, up=False)
        if quantity * close < rules.min_notional:
            return 0.0, Reason.REFUSED_MIN_NOTIONAL, bound
        one.ordered = quantity
        room["cash"] -= quantity * close * (1.0 + cost)
        room["exposure"] += quantity * close
        room["risk"] += quantity * close * self.profile.stop_loss
        return quantity, Reason.ENTER_EDGE, bound

    def exit(self, one: Position, close: float, edge: float) -> Reason:
        if close <= one.entry * (1.0 - self.profile.stop_loss):
            return Reason.EXIT_STOP
        if close >= one.entry * (1.0 + self.profile.take_profit):
            return Reason.EXIT_TARGET
        return Reason.EXIT_EDGE if edge < 0.0 else Reason.HOLD_POSITION

    def size(self, edge, volatility, share, cost, class_limit, room) -> tuple[float, Bound]:
        profile, equity = self.profile, self.equity
        kelly = profile.kelly_fraction * edge / 1e4 / (volatility**2 * self.horizon)
        limits = [
            (profile.max_position * equity * share, Bound.PROFILE_POSITION),
            (kelly * equity * share, Bound.KELLY),
            (profile.max_position_risk * equity / profile.stop_loss * share, Bound.POSITION_RISK),
            (class_limit * equity * share, Bound.ASSET_CLASS),
            ((profile.max_portfolio_risk * equity - room["risk"]) / profile.stop_loss, Bound.PORTFOLIO_RISK),
            (profile.max_leverage * equity - room["exposure"], Bound.LEVERAGE),
            (room["cash"] / (1.0 + cost), Bound.CASH),
        ]
        value, bound = min(limits, key=lambda limit: limit[0])
        return max(value, 0.0), bound
