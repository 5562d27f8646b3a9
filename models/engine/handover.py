"""What becomes of an open position when another specialist is in charge.

A specialist that leaves gives its positions up. Otherwise they live on by the rules they were opened by, unless the one
in charge takes over: from then on they are its own, held for as long as it holds, at the nearer one of both stops and
targets, and all positions together are reduced to the exposure that it allows.
"""

import math

from models.engine.sizes import Room
from models.kernels import compiled, floor_to_step
from models.portfolio import Position, with_order
from models.specialists import Levels, Rules, Signal, are_known, entry_levels, nearer_levels
from models.types import Instrument, Reason

HOLD_POSITION = int(Reason.HOLD_POSITION)
REDUCE_EXPOSURE = int(Reason.REDUCE_EXPOSURE)


@compiled
def appointed(position: Position, charge: int, regime: int) -> Position:
    """The position with the specialist that is in charge of its symbol, in a regime."""
    levels, earned, spent = _levels(position), position.earned, position.spent
    return _given(position, position.owner, float(charge), float(regime), position.age, levels, earned, spent)


@compiled
def taken_over(
    position: Position, signal: Signal, room: Room, rules: Rules, instrument: Instrument
) -> tuple[Position, int]:
    """(position of the specialist in charge, reason): reduced where all of them are worth more than it allows.

    What it has gained by now is the former owner's: the new one answers for what it makes of the value it was given.
    """
    side = 1.0 if position.quantity > 0.0 else -1.0
    levels = _levels(position)
    atr, low, high = signal.atr * signal.close, signal.low * signal.close, signal.high * signal.close
    if are_known(atr, low, high, rules):
        levels = nearer_levels(side, levels, entry_levels(side, signal.close, atr, low, high, rules, instrument.tick))
    value = position.quantity * signal.close
    position = _given(
        position,
        position.charge,
        position.charge,
        position.mandate,
        0.0,
        levels,
        position.cost - value,
        abs(value),
    )
    if not math.isfinite(rules.max_exposure):
        return position, HOLD_POSITION
    allowed = rules.max_exposure * room.equity
    if not room.risky > allowed:
        return position, HOLD_POSITION
    size = abs(position.quantity)
    units = floor_to_step(size * (1.0 - max(allowed, 0.0) / room.risky), instrument.lot)
    if (size - units) * signal.close < instrument.min_notional:
        units = size
    if units <= 0.0 or units * signal.close < instrument.min_notional:
        return position, HOLD_POSITION
    return with_order(position, -side * units, position.stop), REDUCE_EXPOSURE


@compiled
def _levels(position: Position) -> Levels:
    return Levels(position.stop, position.target, position.partial)


@compiled
def gained(position: Position, close: float) -> float:
    """What a position has earned up to a close, closed parts included, fraction of what was put in."""
    return (position.earned + position.quantity * close - position.cost) / position.spent


@compiled
def _given(
    position: Position,
    owner: float,
    charge: float,
    mandate: float,
    age: float,
    levels: Levels,
    earned: float,
    spent: float,
) -> Position:
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=position.last,
        best=position.best,
        atr=position.atr,
        age=age,
        stop=levels.stop,
        target=levels.target,
        partial=levels.partial,
        part=position.part,
        ordered=position.ordered,
        limit=position.limit,
        regime=position.regime,
        owner=owner,
        entries=position.entries,
        charge=charge,
        mandate=mandate,
        earned=earned,
        spent=spent,
    )
