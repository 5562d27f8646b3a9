"""The step: what one symbol's rules decide at the close of a bar. Backtest, search, paper and live all call this."""

import math

from models.engine.handover import appointed, taken_over
from models.engine.sizes import NO_CAPS, Room, Shared, Stance, is_unmeasured, sized
from models.engine.weights import has_weight, rebalanced
from models.kernels import ceil_to_step, compiled, floor_to_step
from models.portfolio import Position, flat, with_order
from models.risk import Caps, RiskProfile
from models.specialists import (
    ENTER_EDGE,
    HOLD_POSITION,
    Rules,
    Signal,
    are_known,
    entry_levels,
    entry_reason,
    exit_reason,
    leave_room,
    trailed_stop,
)
from models.types import Instrument, Reason

HOLD_ORDER = int(Reason.HOLD_ORDER)
HOLD_WITHDRAWN = int(Reason.HOLD_WITHDRAWN)
EXIT_FLATTEN = int(Reason.EXIT_FLATTEN)
REDUCE_RISK = int(Reason.REDUCE_RISK)
REDUCE_STRESS = int(Reason.REDUCE_STRESS)
EXIT_SWITCH = int(Reason.EXIT_SWITCH)
NO_BAR = int(Reason.REFUSED_NO_BAR)
BAD_PRICE = int(Reason.REFUSED_BAD_PRICE)
WARM_UP = int(Reason.REFUSED_WARM_UP)
STALE = int(Reason.REFUSED_STALE)
BLOCKED = int(Reason.REFUSED_DATA)
FROZEN = int(Reason.REFUSED_FROZEN)
TOO_SMALL = int(Reason.REFUSED_MIN_NOTIONAL)
NO_ROOM = int(Reason.REFUSED_LEVELS)
BELOW_TICK = int(Reason.REFUSED_TICK)
SIZE_RANGE = int(Reason.REFUSED_SIZE_RANGE)
NOBODY_IN_CHARGE = int(Reason.REFUSED_NOBODY)


@compiled
def decide(
    position: Position,
    usable: bool,
    signal: Signal,
    charge: int,
    stance: Stance,
    share: float,
    room: Room,
    shared: Shared,
    profile: RiskProfile,
    own: Rules,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int, Caps]:
    """(position with its new order and levels, Reason code, Bound code, what each limit allowed an entry) at the close
    of a bar.

    Args:
        usable: whether the bar's prices are.
        charge: specialist that is in charge, NOBODY without one.
        stance: what the stops in force do.
        share: of its size that an entry gets in this regime, and beside the other positions.
        room, shared: what the system and the account have left.
        own: rules that the position lives by.
        rules: those of the specialist in charge; of any where nobody is.
    """
    if signal.gate == FROZEN:
        return position, FROZEN, 0, NO_CAPS
    if stance.withdraws != 0.0 and position.ordered != 0.0 and position.ordered * position.quantity >= 0.0:
        if position.quantity == 0.0:
            return flat(position, position.last), HOLD_WITHDRAWN, 0, NO_CAPS
        position = with_order(position, 0.0, position.stop)
    if signal.gate == NO_BAR or signal.gate == STALE or signal.gate == BLOCKED:
        return position, signal.gate, 0, NO_CAPS
    if not usable:
        return position, BAD_PRICE, 0, NO_CAPS
    position = appointed(position, charge, signal.regime)
    if stance.flattens != 0.0 and abs(position.ordered) < abs(position.quantity):
        position, reason = sold_off(position, 1.0, EXIT_FLATTEN, TOO_SMALL, signal.close, instrument)
        return position, reason, 0, NO_CAPS
    if stance.cut > 0.0 and position.quantity != 0.0 and sold_already(position) < stance.cut * abs(position.quantity):
        position, reason = sold_off(position, stance.cut, REDUCE_STRESS, TOO_SMALL, signal.close, instrument)
        return position, reason, 0, NO_CAPS
    if position.ordered != 0.0:
        return position, HOLD_ORDER, 0, NO_CAPS
    if position.quantity != 0.0 or (charge >= 0 and has_weight(rules)):
        bound, caps = 0, NO_CAPS
        if charge >= 0 and has_weight(rules):
            position, reason, bound, caps = rebalanced(
                position, signal, stance, room, shared, profile, rules, instrument
            )
        else:
            position, reason = kept_or_left(position, signal, room, own, rules, instrument)
        if stance.sells > 0.0 and position.ordered == 0.0 and position.quantity != 0.0:
            position, reason = sold_off(position, stance.sells, REDUCE_RISK, reason, signal.close, instrument)
        return position, reason, bound, caps
    if charge < 0:
        return position, NOBODY_IN_CHARGE, 0, NO_CAPS
    deviation = signal.volatility * math.sqrt(profile.horizon)
    cost_bps = 2e4 * (instrument.taker_fee + instrument.half_spread)
    reason = entry_reason(signal, cost_bps, stance.pause, deviation, position.entries, instrument.shorts, share, rules)
    if reason != ENTER_EDGE:
        return position, reason, 0, NO_CAPS
    return entered(position, signal, deviation, share, room, shared, profile, rules, instrument)


@compiled
def sold_already(position: Position) -> float:
    """Base units of it that an order waits to sell (of a short position: to buy back)."""
    return abs(position.ordered) if position.ordered * position.quantity < 0.0 else 0.0


@compiled
def sold_off(
    position: Position, part: float, done: int, kept: int, close: float, instrument: Instrument
) -> tuple[Position, int]:
    """(position, reason): at least `part` of it is ordered away at market, all where the rest would be too small; the
    reason is `done`, or `kept` where the venue takes no order so small.
    """
    size = abs(position.quantity)
    units = min(ceil_to_step(size * part, instrument.lot), size)
    if part >= 1.0 or (size - units) * close < instrument.min_notional:
        units = size
    if units * close < instrument.min_notional:
        return position, kept
    side = 1.0 if position.quantity > 0.0 else -1.0
    return with_order(position, -side * units, position.stop), done


@compiled
def kept_or_left(
    position: Position, signal: Signal, room: Room, own: Rules, rules: Rules, instrument: Instrument
) -> tuple[Position, int]:
    """(position, reason): its stop trails, or (all of) it is ordered away at market."""
    reason = HOLD_POSITION
    if position.owner != position.charge:
        if own.leaves != 0.0:
            reason = EXIT_SWITCH
        elif position.charge >= 0.0 and rules.takes_over != 0.0:
            position, reason = taken_over(position, signal, room, rules, instrument)
            own = rules
    if position.ordered != 0.0:
        return position, reason
    if reason == HOLD_POSITION:
        reason = exit_reason(position, signal.edge, own)
    if reason == HOLD_POSITION:
        return with_order(position, 0.0, trailed_stop(position, own, instrument.tick)), reason
    if abs(position.quantity) * signal.close < instrument.min_notional:
        return with_order(position, 0.0, trailed_stop(position, own, instrument.tick)), TOO_SMALL
    return with_order(position, -position.quantity, position.stop), reason


@compiled
def entered(
    position: Position,
    signal: Signal,
    deviation: float,
    share: float,
    room: Room,
    shared: Shared,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int, Caps]:
    """(position, reason, bound, caps) of an entry that nothing forbids but its levels and its size."""
    if signal.close < instrument.tick:
        return position, BELOW_TICK, 0, NO_CAPS
    side = 1.0 if signal.edge > 0.0 else -1.0
    price, limit = signal.close, 0.0
    if rules.limit_offset > 0.0:
        limit = limit_price(side, signal.close, rules.limit_offset, instrument.tick)
        if limit <= 0.0:
            return position, NO_ROOM, 0, NO_CAPS
        price = limit
    atr, low, high = signal.atr * signal.close, signal.low * signal.close, signal.high * signal.close
    if not are_known(atr, low, high, rules) or is_unmeasured(shared, side):
        return position, WARM_UP, 0, NO_CAPS
    levels = entry_levels(side, price, atr, low, high, rules, instrument.tick)
    if not leave_room(side, price, levels):
        return position, NO_ROOM, 0, NO_CAPS
    edge = abs(signal.edge)
    size = sized(side, price, signal.close, edge, deviation, levels, room, shared, profile, rules, share, instrument)
    if size.quantity == 0.0:
        return position, TOO_SMALL, size.bound, NO_CAPS
    if size.quantity * price < instrument.least_size * room.equity:
        return position, SIZE_RANGE, size.bound, NO_CAPS
    partial = levels.partial if size.part > 0.0 else 0.0
    known_atr = atr if atr > 0.0 else 0.0
    return (
        Position(
            quantity=0.0,
            cost=0.0,
            entry=0.0,
            last=position.last,
            best=0.0,
            atr=known_atr,
            age=0.0,
            stop=levels.stop,
            target=levels.target,
            partial=partial,
            part=size.part,
            ordered=side * size.quantity,
            limit=limit,
            regime=float(signal.regime),
            owner=position.charge,
            entries=position.entries,
            charge=position.charge,
            mandate=position.mandate,
            earned=0.0,
            spent=0.0,
        ),
        ENTER_EDGE,
        size.bound,
        size.caps,
    )


@compiled
def limit_price(side: float, close: float, offset: float, tick: float) -> float:
    """Price of a limit entry `offset` (fraction) better than the close, on the grid, never worse than that."""
    price = close * (1.0 - side * offset)
    return floor_to_step(price, tick) if side > 0.0 else ceil_to_step(price, tick)
