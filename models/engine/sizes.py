"""The size of an entry: what the system and the account have left, and what the venue takes."""

import math
from typing import NamedTuple

from models.engine.parameters import instrument_at
from models.engine.state import LAST, QUANTITY
from models.kernels import compiled, floor_to_step
from models.portfolio import Position
from models.risk import Caps, RiskProfile, entry_caps, kelly_share, no_caps, room_under_var, tightest
from models.specialists import Levels, Rules
from models.types import FloatArray, Instrument


class Room(NamedTuple):
    """What the system has, and what is taken already by positions and waiting entries; quote currency.

    Attributes:
        equity: cash and positions at their last closes.
        cash: of the system.
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


class Shared(NamedTuple):
    """What the whole account leaves for one symbol; quote currency unless said otherwise.

    Attributes:
        long, short: value at risk of one day of a unit of value held on either side, fraction, NaN while not known.
        pull: what all positions may lose, each times its correlation with the symbol.
        square: square of the value at risk of all positions.
        max_var: value at risk that none may lift them above.
        capital: value that may still be bought.
    """

    long: float
    short: float
    pull: float
    square: float
    max_var: float
    capital: float


class Stance(NamedTuple):
    """What the stops in force do to a symbol.

    Attributes:
        pause: 0, or the code of what pauses entries.
        withdraws: 1.0 where waiting entries are withdrawn.
        flattens: 1.0 where every position is sold.
        sells: part of every position that is sold unless more of it is left anyway, 0..1.
        cut: part of it that is sold whatever its rules say, 0..1.
        dynamic: share of its size that a position gets in this market and after the account's losses.
    """

    pause: int
    withdraws: float
    flattens: float
    sells: float
    cut: float
    dynamic: float


class Size(NamedTuple):
    """Base units of an entry, those of its partial profit, the Bound code of what set them, and what every limit would
    have allowed; zero units where the venue would not take so small an order.
    """

    quantity: float
    part: float
    bound: int
    caps: Caps


NO_CAPS = no_caps()


@compiled
def taken(room: Room, position: Position, haven: bool, waits: bool, instrument: Instrument) -> Room:
    """The room that is left beside a position and, unless it is withdrawn (not `waits`), what waits to be bought."""
    if position.quantity != 0.0:
        units = position.quantity
        locked = (units - abs(units) * instrument.margin) * position.last
        room = _beside(room, position, units, locked, haven)
    if waits and position.ordered != 0.0 and position.ordered * position.quantity >= 0.0:
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
def tail_of(shared: Shared, side: float) -> float:
    """Value at risk of one day of a unit of value held on a side, fraction."""
    return shared.long if side > 0.0 else shared.short


@compiled
def is_unmeasured(shared: Shared, side: float) -> bool:
    """Whether a limit asks for the value at risk of a position, and it is not known."""
    return math.isfinite(shared.max_var) and math.isnan(tail_of(shared, side))


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
    close: float,
    edge: float,
    deviation: float,
    levels: Levels,
    room: Room,
    shared: Shared,
    profile: RiskProfile,
    rules: Rules,
    share: float,
    instrument: Instrument,
) -> Size:
    """Size of an entry around `price`, at a last `close` that it is marked at while it waits; `edge` is its size, basis
    points, `share` what it gets of its limits. A position and its part have to be worth the venue's smallest order even
    at the stop, or they could not be protected.
    """
    distance = instrument.margin - instrument.maintenance
    if levels.stop > 0.0:
        distance = min(distance, side * (price - levels.stop) / price)
    marked = min(price / close, 1.0)
    caps = entry_caps(
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
        room_under_var(tail_of(shared, side), shared.pull, shared.square, shared.max_var) * marked,
        shared.capital * marked,
        profile,
    )
    notional, bound = tightest(caps, rules.least_cash)
    lowest = price
    if levels.stop > 0.0:
        lowest = min(price, levels.stop)
    quantity = floor_to_step(notional / price, instrument.lot)
    if quantity <= 0.0 or quantity * lowest < instrument.min_notional:
        return Size(0.0, 0.0, bound, caps)
    if levels.partial == 0.0:
        return Size(quantity, 0.0, bound, caps)
    part = floor_to_step(quantity * rules.partial_share, instrument.lot)
    if part * lowest < instrument.min_notional or (quantity - part) * lowest < instrument.min_notional:
        part = 0.0
    return Size(quantity, part, bound, caps)
