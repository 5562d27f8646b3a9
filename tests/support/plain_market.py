"""One symbol's trade and the bars it lives through, written from the docstrings alone: objects and exact fractions for
everything on a grid. No arrays, nothing compiled, no code of the product.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from plain_grid import above, down, nearest

from models.types import Instrument, Leg


@dataclass(frozen=True)
class Candle:
    """A bar; `finer` are (high, low) of the finer bars inside it."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    finer: list[tuple[float, float]] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        prices = (self.open, self.high, self.low, self.close)
        return all(map(math.isfinite, prices)) and 0.0 < self.low == min(prices) and self.high == max(prices)


@dataclass
class Deal:
    """A fill."""

    leg: Leg
    quantity: float
    price: float
    fee: float
    slip: float
    regime: int
    realised: float = 0.0


class Venue:
    """What the market of one symbol gives and charges."""

    def __init__(self, rules: Instrument) -> None:
        self.rules = rules

    def offered(self, candle: Candle) -> float:
        """Most units one order gets."""
        if math.isnan(candle.volume):
            return math.inf
        return down(candle.volume * self.rules.volume_share, self.rules.lot)

    def taking(self, quantity: float, reference: float, candle: Candle) -> float:
        """A taker's price: spread and impact against the order, on the tick; below the first tick there is no grid."""
        share = self.rules.volume_share
        if not math.isnan(candle.volume):
            share = min(share, abs(quantity) / candle.volume)
        rate = self.rules.half_spread + self.rules.impact * math.sqrt(share)
        if quantity > 0:
            return max(above(reference * (1.0 + rate), self.tick), self.tick)
        received = max(reference * (1.0 - rate), 0.0)
        return down(received, self.tick) or received

    def reaches(self, level: float, candle_side: float, buys: bool) -> bool:
        """Whether the extreme of the bar on the order's side is `through` ticks past the level."""
        past = Fraction(repr(self.rules.through)) * Fraction(repr(self.tick))
        if buys:
            return candle_side <= float(Fraction(repr(level)) - past)
        return candle_side >= float(Fraction(repr(level)) + past)

    def liquidates_at(self, long: bool, entry: float) -> float | None:
        """Where the margin of the position is used up; None for never."""
        kept = self.rules.margin - self.rules.maintenance
        level = down(entry * (1.0 - kept), self.tick) if long else above(entry * (1.0 + kept), self.tick)
        return level if level > 0.0 else None

    def deal(self, leg: Leg, quantity: float, price: float, reference: float, rate: float, regime: int) -> Deal | None:
        """A fill with its fee; None where the fee eats all of a purchase."""
        slip = abs(quantity) * abs(price - reference)
        if leg in (Leg.ENTRY, Leg.ADD) and quantity > 0.0 and self.rules.fee_in_base:
            got = down(quantity * (1.0 - rate), self.rules.lot)
            return Deal(leg, got, price, (quantity - got) * price, slip, regime) if got > 0.0 else None
        return Deal(leg, quantity, price, abs(quantity) * price * rate, slip, regime)

    @property
    def tick(self) -> float:
        return self.rules.tick


@dataclass
class Trade:
    """A position from the order that opens it to its end; levels are None where there are none."""

    venue: Venue
    regime: int
    wanted: float
    limit: float | None
    stop: float | None
    target: float | None
    partial: float | None
    part: float
    atr: float
    held: float = 0.0
    cost: float = 0.0
    entry: float = 0.0
    best: float = 0.0
    age: int = 0
    # All that is held is ordered away at market.
    leaving: bool = False
    # Or so much of it; or so much is to be added.
    change: float = 0.0
    # Specialist whose rules it lives by; what its parts have earned, and what was put into it.
    owner: int = 0
    earned: float = 0.0
    spent: float = 0.0

    @property
    def is_long(self) -> bool:
        return (self.held or self.wanted) > 0.0

    @property
    def ordered(self) -> float:
        return -self.held if self.leaving else self.change or self.wanted

    @property
    def grows(self) -> bool:
        return not self.leaving and self.change * self.held > 0.0

    def rests_over(self, opened: float) -> bool:
        """Whether the open is no price for the entry, so that it rests at its limit."""
        return self.limit is not None and (opened > self.limit if self.is_long else opened < self.limit)

    def open_in(self, candle: Candle, free: float) -> Deal | None:
        """Its opening fill at the open, as a taker; None where there is none, and never will be."""
        price = self.venue.taking(self.wanted, candle.open, candle)
        if self.limit is not None:
            price = min(price, self.limit) if self.is_long else max(price, self.limit)
        return self.opening(price, candle.open, self.venue.rules.taker_fee, candle, free)

    def add_in(self, candle: Candle, free: float) -> Deal | None:
        """What an addition gets at the open; None where it is over."""
        rules, price = self.venue.rules, self.venue.taking(self.change, candle.open, candle)
        units = min(abs(self.change), self.venue.offered(candle), self.pays(free, price, rules.taker_fee))
        if units <= 0.0 or units * price < rules.min_notional:
            return None
        quantity = math.copysign(units, self.change)
        return self.venue.deal(Leg.ADD, quantity, price, candle.open, rules.taker_fee, self.regime)

    def added_by(self, deal: Deal) -> None:
        """Entered at the mean price; where the margin's end was the stop, that is reckoned anew."""
        before = self.venue.liquidates_at(self.is_long, self.entry)
        held = nearest(self.held + deal.quantity, self.venue.rules.lot)
        self.entry = (self.entry * self.held + deal.price * deal.quantity) / held
        self.cost += deal.quantity * deal.price + deal.fee
        self.spent += abs(deal.quantity) * deal.price
        self.held, self.change = held, 0.0
        own = self.stop
        if own is not None and before is not None and (own <= before if self.is_long else own >= before):
            own = None
        known = [one for one in (own, self.venue.liquidates_at(self.is_long, self.entry)) if one is not None]
        self.stop = (max(known) if self.is_long else min(known)) if known else None
        self.best = max(self.best, deal.price) if self.is_long else min(self.best, deal.price)

    def pays(self, free: float, price: float, fee: float) -> float:
        """Units whose margin and fee free equity pays for."""
        rules = self.venue.rules
        return down(free / (price * (rules.margin + fee)), rules.lot) if free > 0.0 else 0.0

    def rest_in(self, candle: Candle, free: float) -> Deal | None:
        """Its opening fill at the limit, as a maker, where the bar goes there."""
        assert self.limit is not None
        if not self.venue.reaches(self.limit, candle.low if self.is_long else candle.high, buys=self.is_long):
            return None
        return self.opening(self.limit, self.limit, self.venue.rules.maker_fee, candle, free)

    def opening(self, price: float, reference: float, fee: float, candle: Candle, free: float) -> Deal | None:
        """For what the volume gives and free equity pays; nothing that at its stop is below the smallest order."""
        rules = self.venue.rules
        units = min(abs(self.wanted), self.venue.offered(candle), self.pays(free, price, fee))
        if units <= 0.0 or units * (price if self.stop is None else min(price, self.stop)) < rules.min_notional:
            return None
        return self.venue.deal(Leg.ENTRY, math.copysign(units, self.wanted), price, reference, fee, self.regime)

    def opened_by(self, deal: Deal) -> None:
        """The first fill: what was not got is not wanted any more, and the part shrinks with it."""
        if deal.quantity != self.wanted:
            self.part = down(self.part * (deal.quantity / self.wanted), self.venue.rules.lot)
            self.partial = self.partial if self.part > 0.0 else None
        self.held, self.wanted, self.limit = deal.quantity, 0.0, None
        self.cost = deal.quantity * deal.price + deal.fee
        self.spent = abs(deal.quantity) * deal.price
        self.entry = self.best = deal.price
        ruin = self.venue.liquidates_at(self.is_long, self.entry)
        known = [level for level in (self.stop, ruin) if level is not None]
        self.stop = (max(known) if self.is_long else min(known)) if known else None

    def leave_in(self, candle: Candle) -> Deal | None:
        """What the order to leave, or to reduce, gets at the open."""
        units = min(abs(self.ordered), self.venue.offered(candle))
        if units <= 0.0:
            return None
        price = self.venue.taking(self.ordered, candle.open, candle)
        return self.venue.deal(
            Leg.EXIT, math.copysign(units, -self.held), price, candle.open, self.venue.rules.taker_fee, self.regime
        )

    def touches(self, high: float, low: float) -> set[Leg]:
        """The levels between high and low."""
        good, bad = (high, low) if self.is_long else (low, high)
        profits = {Leg.TARGET: self.target, Leg.PARTIAL: self.partial}
        found = {
            leg
            for leg, level in profits.items()
            if level is not None and self.venue.reaches(level, good, not self.is_long)
        }
        if self.stop is not None and (bad <= self.stop if self.is_long else bad >= self.stop):
            found.add(Leg.STOP)
        return found

    def legs_in(self, candle: Candle, rested: bool) -> set[Leg]:
        """Which levels the bar executes, a partial profit before the other one."""
        touched = self.touches(candle.high, candle.low)
        if rested:
            return touched & {Leg.STOP}
        if Leg.STOP not in touched or touched == {Leg.STOP}:
            return touched
        # What the open has passed comes before everything else.
        first = self.touches(candle.open, candle.open)
        if Leg.STOP in first:
            return {Leg.STOP}
        if Leg.TARGET in first:
            return first
        for high, low in candle.finer:
            now = self.touches(high, low)
            if Leg.STOP in now:
                break
            first |= now
            if Leg.TARGET in now:
                return first
        return first | {Leg.STOP}

    def take_profit(self, leg: Leg, level: float, units: float, candle: Candle) -> Deal | None:
        """At the level as a maker, at the open where that is better."""
        if units <= 0.0:
            return None
        tick, fee = self.venue.tick, self.venue.rules.maker_fee
        price = max(level, down(candle.open, tick)) if self.is_long else min(level, above(candle.open, tick))
        return self.venue.deal(leg, math.copysign(units, -self.held), price, price, fee, self.regime)

    def stop_out(self, units: float, candle: Candle, rested: bool) -> Deal | None:
        """At the stop, or at the open that is past it; a liquidation where the stop is the margin's end."""
        assert self.stop is not None
        if units <= 0.0:
            return None
        at = self.stop
        if not rested:
            at = min(at, candle.open) if self.is_long else max(at, candle.open)
        ruin = self.venue.liquidates_at(self.is_long, self.entry)
        forced = ruin is not None and (self.stop <= ruin if self.is_long else self.stop >= ruin)
        fee = self.venue.rules.taker_fee + (self.venue.rules.liquidation_fee if forced else 0.0)
        quantity = math.copysign(units, -self.held)
        price = self.venue.taking(quantity, at, candle)
        return self.venue.deal(Leg.LIQUIDATION if forced else Leg.STOP, quantity, price, at, fee, self.regime)

    def watch(self, candle: Candle, rested: bool) -> None:
        """A bar of its life has closed; after the fill of a resting entry only the close is sure to have come."""
        if self.held:
            good = candle.close if rested else candle.high if self.is_long else candle.low
            self.best = max(self.best, good) if self.is_long else min(self.best, good)
            self.age += 1
