"""Whether, how and how large a position is opened, written from the docstrings alone. See plain_engine."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plain_grid import above, down
from plain_market import Trade
from plain_stalls import Claims, Order, Stall

from models.risk import RiskProfile
from models.specialists import Rules
from models.types import Bound, Reason

if TYPE_CHECKING:
    from plain_stops import Common, Stops


@dataclass
class Question:
    """A symbol without position or order at the close of a bar; figures as in Panel."""

    stall: Stall
    close: float
    edge: float
    volatility: float
    atr: float
    low: float
    high: float
    width: float
    oscillator: float
    momentum: float
    sentiment: float
    atr_ratio: float
    adx: float
    stretch: float
    regime: int
    rules: Rules
    profile: RiskProfile
    # Of its size that an entry gets in this regime, beside the other positions, in this market and after losses; and
    # what any position gets of it for the last two.
    share: float
    dynamic: float
    stops: "Stops"
    common: "Common"

    @property
    def side(self) -> float:
        return 1.0 if self.edge > 0.0 else -1.0

    @property
    def deviation(self) -> float:
        return self.volatility * math.sqrt(self.profile.horizon)

    def answer(self, equity: float, cash: float, gate: Reason, pause: Reason | None, claims: Claims) -> Order:
        """An entry, or the first thing that stands against it."""
        venue, rules, weighted = self.stall.venue.rules, self.rules, self.weighted()
        strength = -weighted if weighted < 0.0 and rules.shorts else weighted
        near = self.low * (1.0 + rules.near_edge) if self.side > 0.0 else self.high * (1.0 - rules.near_edge)
        for reason, stands in (
            (Reason.REFUSED_NO_PREDICTION, math.isnan(self.edge)),
            (Reason.REFUSED_WARM_UP, math.isnan(weighted)),
            (Reason.HOLD_FLAT, strength <= rules.entry_multiple * (2e4 * (venue.taker_fee + venue.half_spread))),
            (Reason.REFUSED_SHORTS, weighted < 0.0 and not venue.shorts),
            (gate, gate != 0),
            (pause, pause is not None),
            (Reason.REFUSED_WARM_UP, not self.deviation > 0.0),
            (Reason.REFUSED_REGIME, self.share <= 0.0),
            (Reason.REFUSED_TRADES, self.stall.opened >= rules.max_entries),
            *_unmet(rules.least_volatility > 0.0, self.atr_ratio, self.atr_ratio >= rules.least_volatility, "QUIET"),
            *_unmet(rules.least_trend > 0.0, self.adx, self.adx >= rules.least_trend, "NO_TREND"),
            *_unmet(rules.pullback == 1.0, self.stretch, self.side * self.stretch <= 0.0, "NO_PULLBACK"),
            *_unmet(rules.most_width < math.inf, self.width, self.width <= rules.most_width, "NO_RANGE"),
            *_unmet(rules.near_edge < math.inf, near, self.side * (1.0 - near) <= 0.0, "INSIDE_RANGE"),
            (Reason.REFUSED_TICK, self.close < venue.tick),
        ):
            if stands:
                return self.refusal(reason)
        return self.enter(equity, cash, claims)

    def weighted(self) -> float:
        """The edge, raised by readings that agree with its side and lowered by those that do not, down to nothing."""
        agreement = 0.0
        for weight, reading in (
            (self.rules.sentiment_weight, self.sentiment),
            (self.rules.momentum_weight, self.momentum),
            (self.rules.oscillator_weight, self.oscillator),
        ):
            if weight:
                agreement += weight * (reading if math.isnan(reading) else sorted((-1.0, reading, 1.0))[1])
        factor = 1.0 + self.side * agreement
        return factor if math.isnan(factor) else self.edge * max(0.0, factor)

    def refusal(self, reason: Reason | None, bound: Bound = Bound.NONE) -> Order:
        assert reason is not None
        return Order(0, 0, 0.0, reason, bound, self.regime)

    def enter(self, equity: float, cash: float, claims: Claims) -> Order:
        """Levels around the price, then the size that the tightest limit leaves."""
        tick, price, limit = self.stall.venue.tick, self.close, None
        if self.rules.limit_offset > 0.0:
            grid = down if self.side > 0.0 else above
            price = limit = grid(self.close * (1.0 - self.side * self.rules.limit_offset), tick)
            if price <= 0.0:
                return self.refusal(Reason.REFUSED_LEVELS)
        if not self.knows() or self.is_unmeasured():
            return self.refusal(Reason.REFUSED_WARM_UP)
        stop, target, partial = self.levels(price)
        if stop is not None and self.side * (price - stop) <= 0.0:
            return self.refusal(Reason.REFUSED_LEVELS)
        if target is not None and self.side * (target - price) <= 0.0:
            return self.refusal(Reason.REFUSED_LEVELS)
        limits = self.limits(price, stop, equity, cash, claims)
        value, bound = tightest(limits)
        lot, least = self.stall.venue.rules.lot, self.stall.venue.rules.min_notional
        worst = price if stop is None else min(price, stop)
        units = down(value / price, lot)
        if units <= 0.0 or units * worst < least:
            return self.refusal(Reason.REFUSED_MIN_NOTIONAL, bound)
        if units * price < self.stall.venue.rules.least_size * equity:
            return self.refusal(Reason.REFUSED_SIZE_RANGE, bound)
        part = down(units * self.rules.partial_share, lot) if partial is not None else 0.0
        if part * worst < least or (units - part) * worst < least:
            part = 0.0
        if part <= 0.0:
            partial, part = None, 0.0
        atr = self.atr * self.close if self.atr > 0.0 else 0.0
        wanted = self.side * units
        owner = self.stall.charge
        assert owner is not None
        self.stall.trade = Trade(
            self.stall.venue, self.regime, wanted, limit, stop, target, partial, part, atr, owner=owner
        )
        claims.add(self.stall)
        levels = limit, stop, target, partial, part
        return Order(0, 0, wanted, Reason.ENTER_EDGE, bound, self.regime, *levels, owner, named(limits))

    def knows(self) -> bool:
        """Whether what the levels in force are measured by is there."""
        if min(self.rules.stop_atr, self.rules.trail_atr) < math.inf and not self.atr > 0.0:
            return False
        ranged = min(self.rules.range_stop, self.rules.range_target) < math.inf
        return not (ranged and (math.isnan(self.low) or math.isnan(self.high)))

    def is_unmeasured(self) -> bool:
        """Whether a limit asks for what may be lost in a day, and nobody knows it."""
        return self.stops.house.max_var < math.inf and math.isnan(self.common.tail(self.stall, self.side))

    def of_account(self, price: float) -> list[tuple[float, Bound]]:
        """What value at risk and capital of the account leave an order at `price`; it waits at the close's mark."""
        cheaper = min(1.0, price / self.close)
        return [
            (self.common.room(self.stall, self.side, self.stops.most_var) * cheaper, Bound.VAR),
            ((self.stops.house.max_capital - self.common.exposure) * cheaper, Bound.CAPITAL),
        ]

    def levels(self, price: float) -> tuple[float | None, float | None, float | None]:
        """(stop, target, partial), each rounded away from the price; of several stops or targets the nearest."""
        rules, side, tick = self.rules, self.side, self.stall.venue.tick
        near, far = self.low * self.close, self.high * self.close
        if side < 0.0:
            near, far = far, near
        stops = [
            price * (1.0 - side * rules.stop_loss) if rules.stop_loss < math.inf else None,
            price - side * rules.stop_atr * (self.atr * self.close) if rules.stop_atr < math.inf else None,
            near * (1.0 - side * rules.range_stop) if rules.range_stop < math.inf else None,
        ]
        known = [level for level in stops if level is not None and level > 0.0]
        stop = (max(known) if side > 0.0 else min(known)) if known else None
        targets = [price * (1.0 + side * rules.take_profit) if rules.take_profit < math.inf else None]
        if stop is not None and rules.take_ratio < math.inf:
            targets.append(price + rules.take_ratio * (price - stop))
        if rules.range_target < math.inf:
            targets.append(near + rules.range_target * (far - near))
        reached = [level for level in targets if level is not None]
        target = (min(reached) if side > 0.0 else max(reached)) if reached else None
        partial = price * (1.0 + side * rules.partial_at) if rules.partial_at < math.inf else None
        below, over = (down, above) if side > 0.0 else (above, down)
        found = [
            grid(level, tick) or None if level is not None and level > 0.0 else None
            for grid, level in ((below, stop), (over, target), (over, partial))
        ]
        if found[1] is not None and found[2] is not None and side * (found[1] - found[2]) <= 0.0:
            found[2] = None
        return found[0], found[1], found[2]

    def limits(
        self, price: float, stop: float | None, equity: float, cash: float, claims: Claims
    ) -> list[tuple[float, Bound]]:
        """Quote currency that each limit allows: those of one position get its share, those of all do not."""
        venue, profile, rules = self.stall.venue.rules, self.profile, self.rules
        distance = venue.margin - venue.maintenance
        if stop is not None:
            distance = min(distance, self.side * (price - stop) / price)
        kelly = profile.kelly_fraction * (abs(self.edge) / 1e4) / (self.deviation * self.deviation)
        single = [
            (profile.max_position * equity, Bound.PROFILE_POSITION),
            (rules.size * equity, Bound.SPECIALIST_SIZE),
            (kelly * equity, Bound.KELLY),
            (profile.max_position_risk * equity / distance, Bound.POSITION_RISK),
            (venue.class_limit * equity, Bound.ASSET_CLASS),
        ]
        shared = [
            ((profile.max_portfolio_risk * equity - claims.at_risk) / distance, Bound.PORTFOLIO_RISK),
            (profile.max_leverage * equity - claims.exposure, Bound.LEVERAGE),
        ]
        if rules.max_exposure < math.inf:
            shared.append((rules.max_exposure * equity - claims.risky, Bound.SPECIALIST_EXPOSURE))
        kept = rules.least_cash * equity
        binds = venue.margin + venue.taker_fee + venue.half_spread
        shared.append(((cash + claims.locked - kept) / binds, Bound.SPECIALIST_CASH if kept > 0.0 else Bound.CASH))
        return [(value * self.share, bound) for value, bound in single] + shared + self.of_account(price)


def tightest(limits: list[tuple[float, Bound]]) -> tuple[float, Bound]:
    """The smallest, the first of equal ones; nothing where it is below nothing."""
    value, bound = min(limits, key=lambda limit: limit[0])
    return max(value, 0.0), bound


def named(limits: list[tuple[float, Bound]]) -> dict[str, float]:
    """By the name of the limit; what a specialist wants to keep of the cash is bound by cash."""
    return {("CASH" if bound is Bound.SPECIALIST_CASH else bound.name): value for value, bound in limits}


def _unmet(asked: bool, figure: float, met: bool, name: str) -> list[tuple[Reason, bool]]:
    """A filter of the specialist: what it says while its figure is not known, and where that does not do."""
    if not asked:
        return []
    return [(Reason.REFUSED_WARM_UP, math.isnan(figure)), (Reason[f"REFUSED_{name}"], not met)]
