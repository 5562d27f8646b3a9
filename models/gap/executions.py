"""A fill as it was and as the model has it: what of the difference is its moment, its price and size, and its fee."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.types import Leg

ORDER = (Leg.ENTRY, Leg.ADD, Leg.EXIT)
# What no order of ours and no bar did: units that left an account, and orders that were taken back.
OUTSIDE = (Leg.EXTERNAL, Leg.EXPIRED)
# Fees that differ by less are rounded differently.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Done:
    """A fill in one bar: row of the book, signed base units, price, fee and slip in quote currency."""

    row: int
    leg: Leg
    quantity: float
    price: float
    fee: float
    slip: float = 0.0

    @property
    def value(self) -> float:
        """Quote currency, never negative."""
        return abs(self.quantity) * self.price


@dataclass(frozen=True, slots=True)
class Shift:
    """How what was done differs from what the model does with the same order or level in the same bar.

    Attributes:
        model: what the model does.
        real: what was done, None where it was not done in this bar.
        kept: share of the model's units that was done sooner or later: a matter of fill.
        here: share of those that was done in this bar: a matter of timing.
    """

    model: Done
    real: Done | None
    kept: float
    here: float

    @property
    def price(self) -> float:
        """Real price by the model's."""
        return 1.0 if self.real is None else self.real.price / self.model.price

    @property
    def fee_rate(self) -> float:
        """Fee beyond the model's, by value."""
        return 0.0 if self.real is None else beyond(self.real, fee_of(self.model, self.real.quantity, self.real.price))


@dataclass(frozen=True, slots=True)
class Extra:
    """What was done where the model does nothing: that it was is a matter of timing, its price one of fill.

    Attributes:
        model: what it would have been at the model's price in that bar.
        share: of the units that were ordered (`by_order`) or held.
    """

    model: Done
    real: Done
    share: float
    by_order: bool

    @property
    def price(self) -> float:
        """Real price by the model's."""
        return self.real.price / self.model.price

    @property
    def fee_rate(self) -> float:
        """Fee beyond the model's, by value."""
        return beyond(self.real, fee_of(self.model, self.real.quantity, self.real.price))


@dataclass(frozen=True, slots=True)
class Apart:
    """What was done in a bar, where it is not what the model does.

    Attributes:
        shifts: of what the model does.
        extras: what it does not.
        alive: rows whose order the model takes for over, and it was not.
    """

    shifts: tuple[Shift, ...] = ()
    extras: tuple[Extra, ...] = ()
    alive: frozenset[int] = frozenset()

    def shift(self, row: int, leg: Leg) -> Shift | None:
        """Of what the model does to a row."""
        found = (one for one in self.shifts if one.model.row == row and plain(one.model.leg) is plain(leg))
        return next(found, None)


def is_of_order(leg: Leg) -> bool:
    """Whether an order brings it, and not a level."""
    return leg in ORDER


def plain(leg: Leg) -> Leg:
    """A liquidation is a stop."""
    return Leg.STOP if leg is Leg.LIQUIDATION else leg


def fee_of(model: Done, quantity: float, price: float) -> float:
    """What the model takes for another size and price."""
    if (quantity, price) == (model.quantity, model.price):
        return model.fee
    return model.fee * (abs(quantity) * price / model.value)


def beyond(real: Done, fee: float) -> float:
    """By value, what the real fee is more than `fee`."""
    return 0.0 if abs(real.fee - fee) <= SAME * max(abs(fee), real.value * SAME) else (real.fee - fee) / real.value


def merged(done: Sequence[Done]) -> dict[tuple[int, Leg], Done]:
    """By row and leg; several of one leg are one."""
    found: dict[tuple[int, Leg], Done] = {}
    for one in done:
        key = one.row, plain(one.leg)
        before = found.get(key)
        if before is None:
            found[key] = one
            continue
        units = before.quantity + one.quantity
        price = (before.quantity * before.price + one.quantity * one.price) / units
        found[key] = Done(one.row, before.leg, units, price, before.fee + one.fee, before.slip + one.slip)
    return found


def shifted(model: Done, real: Done | None, later: float, waits: bool) -> Shift | None:
    """How they differ; `later` units of the same order were done in later bars, and the rest of it still `waits`. None
    where they do not differ.
    """
    if real is not None and real == model:
        return None
    if real is None:
        gone = is_of_order(model.leg) and later == 0.0 and not waits
        return Shift(model, None, 0.0, 1.0) if gone else Shift(model, None, 1.0, 0.0)
    if real.quantity == model.quantity:
        return Shift(model, real, 1.0, 1.0)
    ratio = real.quantity / model.quantity
    if not is_of_order(model.leg):
        return Shift(model, real, ratio, 1.0) if ratio > 1.0 else Shift(model, real, 1.0, ratio)
    if waits and later == 0.0:
        return Shift(model, real, 1.0, ratio)
    whole = real.quantity + later
    return Shift(model, real, whole / model.quantity, real.quantity / whole)
