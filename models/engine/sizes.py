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
        exposure: value of positions and waiting entries.
        at_risk: what they lose from here to their stops.
    """

    equity: float
    cash: float
    locked: float
    exposure: float
    at_risk: float


class Size(NamedTuple):
    """Base units of an entry, those of its partial profit, and the Bound code of what set them; zero units where the
    venue would not take so small an order.
    """

    quantity: float
    part: float
    bound: int


@compiled
def taken(room: Room, position: Position, instrument: Instrument) -> Room:
    """The room that is left beside a position or its waiting entry."""
    units = position.quantity
    binding = instrument.margin
    locked = room.locked
    if units == 0.0:
        units = position.ordered
        binding = binding + instrument.taker_fee + instrument.half_spread
        locked = locked - abs(units) * position.last * binding
    else:
        locked = locked + (units - abs(units) * binding) * position.last
    value = abs(units) * position.last
    risk = value
    if position.stop > 0.0:
        risk = min(value, max(0.0, units * (position.last - position.stop)))
    return Room(room.equity, room.cash, locked, room.exposure + value, room.at_risk + risk)


@compiled
def locked_elsewhere(book: FloatArray, instruments: FloatArray, row: int) -> float:
    """What the positions of all symbols but that of `row` bind at their last closes; cash plus this is free for it."""
    locked = 0.0
    for i in range(book.shape[0]):
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
    instrument: Instrument,
) -> Size:
    """Size of an entry around `price`; `edge` is its size, basis points. A position and its part have to be worth the
    venue's smallest order even at the stop, or they could not be protected.
    """
    distance = instrument.margin - instrument.maintenance
    if levels.stop > 0.0:
        distance = min(distance, side * (price - levels.stop) / price)
    notional, bound = entry_notional(
        room.equity,
        room.cash + room.locked,
        room.exposure,
        room.at_risk,
        kelly_share(edge, deviation, profile.kelly_fraction),
        rules.size,
        rules.share,
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
