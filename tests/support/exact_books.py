"""Bookkeeping in whole lots and exact fractions, of nothing but what is seen from outside: fills, splits, dividends,
closes and midnights.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from models.types import Instrument, Leg

NEAR = Fraction(1, 10**9)  # of a lot: so near to a whole number of lots is that number


@dataclass
class Holding:
    """One symbol: lots held, what they cost, the last close that was good."""

    instrument: Instrument
    lots: int = 0
    cost: Fraction = Fraction(0)
    last: float = 0.0

    @property
    def lot(self) -> Fraction:
        return Fraction(str(self.instrument.lot))

    @property
    def units(self) -> Fraction:
        return self.lots * self.lot

    def lots_of(self, quantity: float) -> int:
        """Whole lots of a quantity, which has to be some."""
        lots = Fraction(quantity) / self.lot
        assert abs(lots - round(lots)) <= NEAR * max(1, abs(lots)), f"{quantity} is no multiple of {self.lot}"
        return round(lots)


@dataclass
class Books:
    """An account in exact fractions, and how much money has moved: what rounding is measured by."""

    holdings: list[Holding]
    cash: Fraction
    realised: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    carry: Fraction = Fraction(0)
    income: Fraction = Fraction(0)
    moved: Fraction = field(init=False)

    def __post_init__(self) -> None:
        self.moved = abs(self.cash)

    @property
    def equity(self) -> Fraction:
        return self.cash + sum((one.units * Fraction(one.last) for one in self.holdings), Fraction(0))

    @property
    def cost(self) -> Fraction:
        return sum((one.cost for one in self.holdings), Fraction(0))

    def fill(self, row: int, quantity: float, price: float, fee: float) -> None:
        """A fill opens, adds or reduces; it never turns a position round."""
        one = self.holdings[row]
        lots = one.lots_of(quantity)
        assert lots != 0, "a fill of nothing"
        assert one.lots * lots >= 0 or abs(lots) <= abs(one.lots), f"{lots} lots turn a position of {one.lots} round"
        paid = lots * one.lot * Fraction(price) + Fraction(fee)
        gone = -paid if one.lots * lots >= 0 else one.cost * Fraction(-lots, one.lots)
        self.realised += -paid - gone
        one.cost -= gone
        one.lots += lots
        self.cash -= paid
        self.fees += Fraction(fee)
        self.moved += abs(paid) + abs(gone)

    def split(self, row: int, ratio: float) -> None:
        """New units for old ones; fractions of a lot are paid out at the last close."""
        one = self.holdings[row]
        whole = abs(one.lots) * Fraction(ratio)
        kept = round(whole) if abs(whole - round(whole)) <= NEAR else whole // 1
        if one.lots != 0:
            side = 1 if one.lots > 0 else -1
            in_lieu = side * (whole - kept) * one.lot * Fraction(one.last) / Fraction(ratio)
            gone = one.cost * (1 - kept / whole)
            self.cash += in_lieu
            self.realised += in_lieu - gone
            self.moved += abs(gone) + abs(in_lieu) + abs(one.units) * Fraction(one.last)
            one.cost -= gone
            one.lots = side * int(kept)
        one.last = one.last / ratio

    def dividend(self, row: int, amount: float) -> None:
        """A short position pays it."""
        one = self.holdings[row]
        self.cash += one.units * Fraction(amount)
        self.income += one.units * Fraction(amount)
        self.moved += abs(one.units) * Fraction(amount)

    def midnights(self, days: int) -> None:
        """Funding and borrow cost of what was held over them, at the last closes before."""
        for one, worth in zip(self.holdings, self.worth(), strict=True):
            rate = one.instrument.long_carry if one.lots > 0 else one.instrument.short_carry
            paid = worth * Fraction(rate) * days
            self.cash -= paid
            self.carry += paid
            self.moved += abs(paid)

    def worth(self) -> list[Fraction]:
        """What each position is worth at its last close, whatever its side."""
        return [abs(one.units) * Fraction(one.last) for one in self.holdings]


def assert_fee(holding: Holding, leg: Leg, quantity: float, price: float, fee: float) -> None:
    """The rate of its kind on what was traded; of a buy that pays in base units the lots that are left."""
    one = holding.instrument
    forced = one.liquidation_fee if leg == Leg.LIQUIDATION else 0.0
    rates = (one.taker_fee + forced, one.maker_fee)
    assert fee >= 0.0
    if leg in (Leg.ENTRY, Leg.ADD) and quantity > 0.0 and one.fee_in_base == 1.0:
        bought = holding.lots_of(quantity + fee / price)
        assert holding.lots_of(quantity) in [int(bought * (1.0 - rate) + 1e-9) for rate in rates]
    else:
        assert any(math.isclose(fee, abs(quantity) * price * rate, abs_tol=1e-12) for rate in rates)
