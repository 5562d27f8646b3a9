"""The British way: what is sold is first what was bought that day, then what is bought in the 30 days after it, the
earliest sale and the earliest purchase first, then a share of the pool (HMRC, CG51560 and CRYPTO22200). Units that only
arrived were acquired elsewhere: they are of the pool, and no purchase of the day that they came.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from models.taxes.exact import ROUNDING, prorated
from models.taxes.movements import Kind, Lot, Match, Matched, Movement, Part

DAYS = 30
NOTHING = Decimal(0)
POOL = "pool"


@dataclass(slots=True)
class _Open:
    """What of a movement is not matched yet; `units` in those after every split, `scale` of them for one of its own."""

    movement: Movement
    scale: Decimal
    units: Decimal
    value: Decimal | None
    parts: list[Part] = field(default_factory=list)

    def take(self, units: Decimal) -> Decimal | None:
        """Give up units; the money that goes with them."""
        money = prorated(self.value, units, self.units)
        self.units -= units
        self.value = None if self.value is None or money is None else self.value - money
        return money


def in_share_pool(movements: Iterable[Movement]) -> Matched:
    """Match the movements of one asset; pools and what is moved between them do not count, days are `Movement.day`."""
    ordered = sorted(movements, key=lambda one: one.order)
    opened = _opened(ordered)
    bought: dict[int, deque[_Open]] = {}
    for one in opened:
        if one.movement.kind is Kind.ACQUIRED and one.units > NOTHING:
            bought.setdefault(one.movement.day, deque()).append(one)
    sold = [one for one in opened if one.movement.kind.is_sale]
    for sale in sold:
        _matched(sale, bought.get(sale.movement.day), Match.SAME_DAY)
    for sale in sold:
        for day in range(sale.movement.day + 1, sale.movement.day + DAYS + 1):
            _matched(sale, bought.get(day), Match.THIRTY_DAYS)
    lots = _pooled(opened)
    return Matched(tuple(part for one in opened for part in _whole(one)), lots)


def _opened(ordered: Sequence[Movement]) -> list[_Open]:
    scale, found = Decimal(1), list[_Open]()
    for one in reversed(ordered):
        if one.kind is Kind.SPLIT:
            scale *= one.quantity
        elif one.kind is not Kind.MOVED:
            found.append(_Open(one, scale, one.quantity * scale, one.value))
    return _of_one_day(found[::-1])


def _of_one_day(opened: list[_Open]) -> list[_Open]:
    """Acquisitions of one day are one and cost the same each, and so are disposals."""
    days: dict[tuple[int, bool], list[_Open]] = {}
    for one in opened:
        kind = one.movement.kind
        if kind is Kind.ACQUIRED or kind.is_sale:
            days.setdefault((one.movement.day, kind.is_sale), []).append(one)
    for same in days.values():
        _levelled(same)
    return opened


def _levelled(same: list[_Open]) -> None:
    units = sum((one.units for one in same), NOTHING)
    values = [one.value for one in same if one.value is not None]
    whole = sum(values, NOTHING) if len(values) == len(same) else None
    for one in same:
        one.value = prorated(whole, one.units, units)
        units -= one.units
        whole = None if whole is None or one.value is None else whole - one.value


def _matched(sale: _Open, bought: deque[_Open] | None, match: Match) -> None:
    """With purchases of one day; those that are used up leave it."""
    while bought and sale.units > NOTHING:
        one = bought[0]
        units = min(sale.units, one.units)
        cost = one.take(units)
        _add(sale, one.movement.key, match, one.movement.acquired, units, sale.take(units), cost)
        if not one.units:
            bought.popleft()


def _pooled(opened: list[_Open]) -> tuple[Lot, ...]:
    """Fold what is left through the pool; what is sold beyond it waits for the purchases after it."""
    pool: _Open | None = None
    owed: list[_Open] = []
    for one in opened:
        if one.movement.kind.is_gain:
            while owed and one.units > NOTHING:
                units = min(owed[0].units, one.units)
                cost = one.take(units)
                short = owed[0]
                _add(short, short.movement.key, Match.SHORT, one.movement.acquired, units, short.take(units), cost)
                owed = owed if short.units else owed[1:]
            pool = _joined(pool, one)
        elif pool is not None and pool.units > NOTHING:
            units = min(pool.units, one.units)
            if units > NOTHING:
                cost = pool.take(units)
                # A pool of nothing begins anew: whether its cost was known is forgotten with its last unit.
                pool = pool if pool.units else None
                _add(one, POOL, Match.POOL, None, units, one.take(units), cost)
        if not one.movement.kind.is_gain and one.units > NOTHING:
            owed.append(one)
    held = () if pool is None or not pool.units else (_lot(pool, POOL, is_short=False),)
    return (*held, *(_lot(one, one.movement.key, is_short=True) for one in owed))


def _joined(pool: _Open | None, one: _Open) -> _Open | None:
    if not one.units:
        return pool
    if pool is None:
        return _Open(one.movement, Decimal(1), one.units, one.value)
    value = None if pool.value is None or one.value is None else pool.value + one.value
    return _Open(pool.movement, Decimal(1), pool.units + one.units, value)


def _lot(one: _Open, name: str, is_short: bool) -> Lot:
    mine = one.movement
    return Lot(name, mine.asset, "", mine.at, mine.at if is_short else None, one.units, one.value, is_short)


def _add(
    sale: _Open,
    lot: str,
    match: Match,
    acquired: int | None,
    units: Decimal,
    proceeds: Decimal | None,
    cost: Decimal | None,
) -> None:
    one = sale.movement
    sale.parts.append(Part(one, lot, match, acquired, one.at, units, proceeds, cost))


def _whole(one: _Open) -> list[Part]:
    """Its parts in units of its own day; the last takes what a ratio that does not divide leaves."""
    if one.scale == 1:
        return one.parts
    found, left = list[Part](), one.movement.quantity - _narrow(ROUNDING.divide(one.units, one.scale))
    for number, part in enumerate(one.parts, 1):
        units = left if number == len(one.parts) else _narrow(ROUNDING.divide(part.quantity, one.scale))
        found.append(replace(part, quantity=units))
        left -= units
    return found


def _narrow(units: Decimal) -> Decimal:
    return units.quantize(Decimal("1e-18"), context=ROUNDING)
