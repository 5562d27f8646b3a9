"""First in first out, last in first out, highest cost first, and the average cost: lot by lot, pool by pool."""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from models.taxes.exact import prorated
from models.taxes.movements import Kind, Lot, Match, Matched, Method, Movement, Part

NOTHING = Decimal(0)


@dataclass(slots=True)
class _Pool:
    """While it is folded: lots are kept in the order of the method, so that none is looked at that is not taken.

    `units` and `cost` are those of all lots; one whose cost is not known makes the whole unknown until all are gone.
    """

    method: Method
    lots: list[Lot] = field(default_factory=list)
    shorts: list[Lot] = field(default_factory=list)
    units: Decimal = NOTHING
    cost: Decimal | None = NOTHING

    def put(self, lot: Lot) -> None:
        """One more."""
        insort(self.lots, lot, key=_dearest if self.method is Method.HIFO else _age)
        self.cost = lot.cost if not self.units else _plus(self.cost, lot.cost)
        self.units += lot.quantity

    def take(self, quantity: Decimal) -> Iterator[Lot]:
        """What gives the units, the last of them cut to size; at most what is there."""
        while quantity > NOTHING and self.lots:
            lot = self.lots.pop(-1 if self.method is Method.LIFO else 0)
            if self.method is Method.AVERAGE:
                lot = replace(lot, cost=prorated(self.cost, lot.quantity, self.units))
            self.units, self.cost = self.units - lot.quantity, _less(self.cost, lot.cost)
            units = min(quantity, lot.quantity)
            part = replace(lot, quantity=units, cost=prorated(lot.cost, units, lot.quantity))
            if units < lot.quantity:
                self.put(replace(lot, quantity=lot.quantity - units, cost=_less(lot.cost, part.cost)))
            quantity -= units
            yield part

    def split(self, ratio: Decimal) -> None:
        """Every unit becomes `ratio` of them; nothing changes its place among the others."""
        self.lots, self.shorts = _split(self.lots, ratio), _split(self.shorts, ratio)
        self.units *= ratio

    def left(self) -> list[Lot]:
        """Lots and shorts in the end; at the average cost where that is the method."""
        return [*self.take(self.units), *self.shorts]


def in_lots(movements: Iterable[Movement], method: Method) -> Matched:
    """Match the movements of one asset. What is sold beyond what is there opens a short position, which the next units
    close, the oldest first.
    """
    pools: dict[str, _Pool] = {}
    parts: list[Part] = []
    for one in sorted(movements, key=lambda each: each.order):
        pool = pools.setdefault(one.pool, _Pool(method))
        if one.kind is Kind.SPLIT:
            pool.split(one.quantity)
        elif one.kind.is_gain:
            parts += _received(pool, one)
        elif one.kind is Kind.MOVED:
            _moved(pool, pools.setdefault(one.to, _Pool(method)), one)
        else:
            parts += _given(pool, one)
    left = [lot for pool in pools.values() for lot in pool.left()]
    return Matched(tuple(parts), tuple(sorted(left, key=_age)))


def _split(lots: list[Lot], ratio: Decimal) -> list[Lot]:
    return [replace(lot, quantity=lot.quantity * ratio) for lot in lots]


def _received(pool: _Pool, one: Movement) -> Iterator[Part]:
    left, cost = one.quantity, one.value
    while left > NOTHING and pool.shorts:
        short = pool.shorts[0]
        units = min(left, short.quantity)
        paid, brought = prorated(cost, units, left), prorated(short.cost, units, short.quantity)
        yield Part(one, short.name, Match.SHORT, one.acquired, short.at, units, brought, paid)
        left, cost = left - units, _less(cost, paid)
        rest = replace(short, quantity=short.quantity - units, cost=_less(short.cost, brought))
        pool.shorts[:1] = [rest] if rest.quantity else []
    if left > NOTHING:
        pool.put(Lot(one.key, one.asset, one.pool, one.at, one.acquired, left, cost))


def _given(pool: _Pool, one: Movement) -> Iterator[Part]:
    left, value = one.quantity, one.value
    for lot in pool.take(one.quantity):
        brought = prorated(value, lot.quantity, left)
        yield Part(one, lot.name, Match.LOT, lot.acquired, one.at, lot.quantity, brought, lot.cost)
        left, value = left - lot.quantity, _less(value, brought)
    if left > NOTHING:
        pool.shorts.append(Lot(one.key, one.asset, one.pool, one.at, one.at, left, value, is_short=True))


def _moved(pool: _Pool, to: _Pool, one: Movement) -> None:
    left = one.quantity
    for lot in list(pool.take(one.quantity)):
        to.put(replace(lot, pool=one.to))
        left -= lot.quantity
    if left > NOTHING:  # more than is known of: the rest is of unknown cost there, and owed here
        to.put(Lot(one.key, one.asset, one.to, one.at, None, left, None))
        pool.shorts.append(Lot(one.key, one.asset, one.pool, one.at, None, left, None, is_short=True))


def _age(lot: Lot) -> tuple[int, int, str, str]:
    return lot.at if lot.acquired is None else lot.acquired, lot.at, lot.name, lot.pool


def _dearest(lot: Lot) -> tuple[bool, Fraction, tuple[int, int, str, str]]:
    """By the cost of a unit, the highest first; what is not known comes last."""
    each = Fraction(0) if lot.cost is None else Fraction(lot.cost) / Fraction(lot.quantity)
    return lot.cost is None, -each, _age(lot)


def _plus(money: Decimal | None, more: Decimal | None) -> Decimal | None:
    return None if money is None or more is None else money + more


def _less(money: Decimal | None, taken: Decimal | None) -> Decimal | None:
    return None if money is None or taken is None else money - taken
