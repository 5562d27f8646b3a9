"""Positions that are held by their weight: bought, rebalanced and sold, whatever the edge."""

import math

from models.engine.sizes import Room
from models.kernels import compiled, floor_to_step
from models.portfolio import Position, with_order
from models.risk import RiskProfile, added_value, held_value
from models.specialists import Rules, Signal
from models.types import Bound, Instrument, Reason

HOLD_FLAT = int(Reason.HOLD_FLAT)
HOLD_WEIGHT = int(Reason.HOLD_WEIGHT)
ENTER_WEIGHT = int(Reason.ENTER_WEIGHT)
ADD_WEIGHT = int(Reason.ADD_WEIGHT)
REDUCE_WEIGHT = int(Reason.REDUCE_WEIGHT)
EXIT_WEIGHT = int(Reason.EXIT_WEIGHT)
TOO_SMALL = int(Reason.REFUSED_MIN_NOTIONAL)
BELOW_TICK = int(Reason.REFUSED_TICK)
NONE = int(Bound.NONE)


@compiled
def has_weight(rules: Rules) -> bool:
    """Whether positions are held by their weight."""
    return math.isfinite(rules.weight)


@compiled
def rebalanced(
    position: Position,
    signal: Signal,
    pause: int,
    room: Room,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int]:
    """(position with what is bought or sold, Reason code, Bound code) at the close of a bar without a waiting order.

    Within `band` of the wanted value nothing is done; beyond it all of the distance is traded. Nothing is bought while
    the outside or a pause forbids entries. What another specialist sold short is bought back.
    """
    wanted, bound = held_value(room.equity, rules.weight, instrument.class_limit, profile.max_position)
    held = position.quantity * signal.close
    if wanted <= 0.0 or position.quantity < 0.0:
        if position.quantity == 0.0:
            return position, HOLD_FLAT, NONE
        return _sold(position, abs(position.quantity), EXIT_WEIGHT, signal.close, bound, instrument)
    if position.quantity != 0.0 and abs(wanted - held) <= rules.band * wanted:
        return position, HOLD_WEIGHT, NONE
    if held > wanted:
        units = floor_to_step((held - wanted) / signal.close, instrument.lot)
        return _sold(position, units, REDUCE_WEIGHT, signal.close, bound, instrument)
    return _bought(position, wanted - held, bound, signal, pause, room, profile, rules, instrument)


@compiled
def _sold(
    position: Position, units: float, reason: int, close: float, bound: int, instrument: Instrument
) -> tuple[Position, int, int]:
    """All of it where the rest would be worth less than the smallest order."""
    size = abs(position.quantity)
    if (size - units) * close < instrument.min_notional:
        units = size
    if units <= 0.0 or units * close < instrument.min_notional:
        return position, TOO_SMALL if reason == EXIT_WEIGHT else HOLD_WEIGHT, NONE
    return with_order(position, -units if position.quantity > 0.0 else units, position.stop), reason, bound


@compiled
def _bought(
    position: Position,
    wanted: float,
    bound: int,
    signal: Signal,
    pause: int,
    room: Room,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int]:
    if signal.gate != 0:
        return position, signal.gate, NONE
    if pause != 0:
        return position, pause, NONE
    if signal.close < instrument.tick:
        return position, BELOW_TICK, NONE
    value, bound = added_value(
        wanted,
        bound,
        room.equity,
        room.cash + room.locked,
        room.exposure,
        rules.least_cash,
        profile.max_leverage,
        instrument.margin + instrument.taker_fee + instrument.half_spread,
    )
    units = floor_to_step(value / signal.close, instrument.lot)
    if units <= 0.0 or units * signal.close < instrument.min_notional:
        return position, TOO_SMALL if position.quantity == 0.0 else HOLD_WEIGHT, bound
    if position.quantity == 0.0:
        return _begun(position, units, float(signal.regime)), ENTER_WEIGHT, bound
    return with_order(position, units, position.stop), ADD_WEIGHT, bound


@compiled
def _begun(position: Position, units: float, regime: float) -> Position:
    """A waiting entry without levels, which the specialist in charge answers for."""
    return Position(
        quantity=0.0,
        cost=0.0,
        entry=0.0,
        last=position.last,
        best=0.0,
        atr=0.0,
        age=0.0,
        stop=0.0,
        target=0.0,
        partial=0.0,
        part=0.0,
        ordered=units,
        limit=0.0,
        regime=regime,
        owner=position.charge,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=0.0,
        spent=0.0,
    )
