"""Positions that are held by their weight: bought, rebalanced and sold, whatever the edge."""

import math

from models.engine.sizes import NO_CAPS, Room, Shared, Stance, is_unmeasured, tail_of
from models.kernels import compiled, floor_to_step
from models.portfolio import Position, with_order
from models.risk import Caps, RiskProfile, added_caps, held_caps, room_under_var, tightest
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
WARM_UP = int(Reason.REFUSED_WARM_UP)
SIZE_RANGE = int(Reason.REFUSED_SIZE_RANGE)
NONE = int(Bound.NONE)


@compiled
def has_weight(rules: Rules) -> bool:
    """Whether positions are held by their weight."""
    return math.isfinite(rules.weight)


@compiled
def rebalanced(
    position: Position,
    signal: Signal,
    stance: Stance,
    room: Room,
    shared: Shared,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int, Caps]:
    """(position with what is bought or sold, Reason code, Bound code, what each limit allows of what is bought) at the
    close of a bar without a waiting order.

    Within `band` of the wanted value nothing is done; beyond it all of the distance is traded. Nothing is bought while
    the outside or a stop forbids entries. What another specialist sold short is bought back.
    """
    whole = held_caps(room.equity, rules.weight, instrument.class_limit, profile.max_position, stance.dynamic)
    wanted, bound = tightest(whole, 0.0)
    held = position.quantity * signal.close
    if wanted <= 0.0 or position.quantity < 0.0:
        if position.quantity == 0.0:
            return position, HOLD_FLAT, NONE, NO_CAPS
        return _sold(position, abs(position.quantity), EXIT_WEIGHT, signal.close, bound, instrument)
    if position.quantity != 0.0 and abs(wanted - held) <= rules.band * wanted:
        return position, HOLD_WEIGHT, NONE, NO_CAPS
    if held > wanted:
        units = floor_to_step((held - wanted) / signal.close, instrument.lot)
        return _sold(position, units, REDUCE_WEIGHT, signal.close, bound, instrument)
    caps = added_caps(
        whole,
        held,
        room.equity,
        room.cash + room.locked,
        room.exposure,
        rules.least_cash,
        profile.max_leverage,
        instrument.margin + instrument.taker_fee + instrument.half_spread,
        room_under_var(tail_of(shared, 1.0), shared.pull, shared.square, shared.max_var),
        shared.capital,
    )
    return _bought(position, caps, signal, stance.pause, room, shared, rules, instrument)


@compiled
def _sold(
    position: Position, units: float, reason: int, close: float, bound: int, instrument: Instrument
) -> tuple[Position, int, int, Caps]:
    """All of it where the rest would be worth less than the smallest order."""
    size = abs(position.quantity)
    if (size - units) * close < instrument.min_notional:
        units = size
    if units <= 0.0 or units * close < instrument.min_notional:
        return position, TOO_SMALL if reason == EXIT_WEIGHT else HOLD_WEIGHT, NONE, NO_CAPS
    ordered = with_order(position, -units if position.quantity > 0.0 else units, position.stop)
    return ordered, reason, bound, NO_CAPS


@compiled
def _bought(
    position: Position,
    caps: Caps,
    signal: Signal,
    pause: int,
    room: Room,
    shared: Shared,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int, Caps]:
    if signal.gate != 0:
        return position, signal.gate, NONE, NO_CAPS
    if pause != 0:
        return position, pause, NONE, NO_CAPS
    if signal.close < instrument.tick:
        return position, BELOW_TICK, NONE, NO_CAPS
    if is_unmeasured(shared, 1.0):
        return position, WARM_UP, NONE, NO_CAPS
    value, bound = tightest(caps, rules.least_cash)
    units = floor_to_step(value / signal.close, instrument.lot)
    if units <= 0.0 or units * signal.close < instrument.min_notional:
        return position, TOO_SMALL if position.quantity == 0.0 else HOLD_WEIGHT, bound, NO_CAPS
    if position.quantity != 0.0:
        return with_order(position, units, position.stop), ADD_WEIGHT, bound, caps
    if units * signal.close < instrument.least_size * room.equity:
        return position, SIZE_RANGE, bound, NO_CAPS
    return _begun(position, units, float(signal.regime)), ENTER_WEIGHT, bound, caps


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
