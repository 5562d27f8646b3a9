"""A symbol as a system trades it, its orders, and what they take of the account. See plain_engine."""

from dataclasses import dataclass, field

from plain_market import Trade, Venue

from models.engine import Slot
from models.types import Bound, Reason


@dataclass
class Order:
    """What a decision ordered, as the table of orders has it; levels only where it opens."""

    t: int
    row: int
    quantity: float
    reason: Reason
    bound: Bound
    regime: int
    limit: float | None = None
    stop: float | None = None
    target: float | None = None
    partial: float | None = None
    part: float = 0.0
    owner: int = 0
    # What each limit allows an entry; those that are not there allow anything.
    caps: dict[str, float] = field(default_factory=dict)


@dataclass
class Stall:
    """A symbol as a system trades it; None for nobody in charge, and for no regime yet."""

    venue: Venue
    slot: Slot
    row: int
    charge: int | None = None
    mandate: int | None = None
    last: float = 0.0
    opened: int = 0
    trade: Trade | None = None

    @property
    def held(self) -> float:
        return self.trade.held if self.trade else 0.0

    @property
    def bound(self) -> float:
        """What a position adds to cash to give what is free: its value less the equity that it binds."""
        return (self.held - abs(self.held) * self.venue.rules.margin) * self.last


@dataclass
class Claims:
    """What positions and waiting entries take of the account."""

    locked: float = 0.0
    exposure: float = 0.0
    risky: float = 0.0
    at_risk: float = 0.0

    def add(self, stall: Stall, waits: bool = True) -> None:
        """What waits counts unless it is withdrawn at this close."""
        if stall.trade is None:
            return
        if stall.trade.held:
            self.take(stall, stall.trade.held, stall.bound)
        if waits and (stall.trade.wanted or stall.trade.grows):
            self.wait(stall)

    def wait(self, stall: Stall) -> None:
        """An entry or an addition that waits."""
        assert stall.trade is not None
        rules, units = stall.venue.rules, stall.trade.ordered
        self.take(stall, units, -abs(units) * stall.last * (rules.margin + rules.taker_fee + rules.half_spread))

    def take(self, stall: Stall, units: float, locked: float) -> None:
        value, stop = abs(units) * stall.last, stall.trade.stop if stall.trade else None
        self.locked += locked
        self.exposure += value
        self.risky += 0.0 if stall.slot.haven else value
        self.at_risk += value if stop is None else min(value, max(0.0, units * (stall.last - stop)))
