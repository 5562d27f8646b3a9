"""The size of an entry: what the account has left, and what the venue takes."""

from typing import NamedTuple

from models.engine.parameters import instrument_at
from models.engine.state import LAST, QUANTITY
from models.kernels import compiled, floor_to_step
from models.portfolio import Position
from models.risk import RiskProfile, entry_notional, kelly_share
from models.specialists import Levels, Rules
from models.types import FloatArray, Instrument


class Room(NamedTuple):
    """What the account has, and what is taken already by positions and waiting entries; quote currency.

    Attributes:
        equity: cash and positions at their last closes.
        cash: of the account.
        locked: what positions and waiting entries bind: cash plus locked is free.
        exposure: value of positions and of what waits to be bought.
        risky: of that, what is in no haven.
        at_risk: what they lose from here to their stops.
    """

    equity: float
    cash: float
    locked: float
    exposure: float
    risky: float
    at_risk: float


class Size(NamedTuple):
    """Base units of an entry, those of its partial profit, and the Bound code of what set them; zero units where the
    venue would not take so small an order.
    """

    quantity: float
    part: float
    bound: int


@compiled
def taken(room: Room, position: Position, haven: bool, instrument: Instrument) -> Room:
    """The room that is left beside a position and what waits to be bought."""
    if position.quantity != 0.0:
        units = position.quantity
        locked = (units - abs(units) * instrument.margin) * position.last
        room = _beside(room, position, units, locked, haven)
    if position.ordered != 0.0 and position.ordered * position.quantity >= 0.0:
        room = ordered_beside(room, position, haven, instrument)
    return room


@compiled
def ordered_beside(room: Room, position: Position, haven: bool, instrument: Instrument) -> Room:
    """The room that is left beside a waiting entry or addition."""
    binding = instrument.margin + instrument.taker_fee + instrument.half_spread
    return _beside(room, position, position.ordered, -abs(position.ordered) * position.last * binding, haven)


@compiled
def _beside(room: Room, position: Position, units: float, locked: float, haven: bool) -> Room:
    value = abs(units) * position.last
    risk = value
    if position.stop > 0.0:
        risk = min(value, max(0.0, units * (position.last - position.stop)))
    risky = 0.0 if haven else value
    return Room(
        room.equity, room.cash, room.locked + locked, room.exposure + value, room.risky + risky, room.at_risk + risk
    )


@compiled
def locked_elsewhere(book: FloatArray, instruments: FloatArray, begin: int, end: int, row: int) -> float:
    """What the positions of rows `begin` to before `end` bind at their last closes, but that of `row`; cash plus this
    is free for it.
    """
    locked = 0.0
    for i in range(begin, end):
        if i != row and book[i, QUANTITY] != 0.0:
            units, margin = book[i, QUANTITY], instrument_at(instruments, i).margin
            locked += (units - abs(units) * margin) * book[i, LAST]
    return locked


@compiled
def sized(
    side: float,
    price: float,
    edge: float,
    deviation: float,
    levels: Levels,
    room: Room,
    profile: RiskProfile,
    rules: Rules,
    share: float,
    instrument: Instrument,
) -> Size:
    """Size of an entry around `price`; `edge` is its size, basis points, `share` what it gets of its limits. A position
    and its part have to be worth the venue's smallest order even at the stop, or they could not be protected.
    """
    distance = instrument.margin - instrument.maintenance
    if levels.stop > 0.0:
        distance = min(distance, side * (price - levels.stop) / price)
    notional, bound = entry_notional(
        room.equity,
        room.cash + room.locked,
        room.exposure,
        room.risky,
        room.at_risk,
        kelly_share(edge, deviation, profile.kelly_fraction),
        rules.size,
        share,
        rules.max_exposure,
        rules.least_cash,
        instrument.class_limit,
        distance,
        instrument.margin + instrument.taker_fee + instrument.half_spread,
        profile,
    )
    lowest = price
    if levels.stop > 0.0:
        lowest = min(price, levels.stop)
    quantity = floor_to_step(notional / price, instrument.lot)
    if quantity <= 0.0 or quantity * lowest < instrument.min_notional:
        return Size(0.0, 0.0, bound)
    if levels.partial == 0.0:
        return Size(quantity, 0.0, bound)
    part = floor_to_step(quantity * rules.partial_share, instrument.lot)
    if part * lowest < instrument.min_notional or (quantity - part) * lowest < instrument.min_notional:
        part = 0.0
    return Size(quantity, part, bound)
