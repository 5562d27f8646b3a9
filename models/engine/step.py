"""The step: what one symbol's rules decide at the close of a bar. Backtest, search, paper and live all call this."""

import math
from typing import NamedTuple

from models.engine.sizes import Room, sized
from models.kernels import ceil_to_step, compiled, floor_to_step
from models.portfolio import Position
from models.risk import RiskProfile
from models.specialists import (
    ENTER_EDGE,
    HOLD_POSITION,
    Rules,
    are_known,
    entry_levels,
    entry_reason,
    exit_reason,
    leave_room,
    trailed_stop,
)
from models.types import Instrument, Reason

HOLD_ORDER = int(Reason.HOLD_ORDER)
NO_BAR = int(Reason.REFUSED_NO_BAR)
BAD_PRICE = int(Reason.REFUSED_BAD_PRICE)
WARM_UP = int(Reason.REFUSED_WARM_UP)
STALE = int(Reason.REFUSED_STALE)
BLOCKED = int(Reason.REFUSED_DATA)
TOO_SMALL = int(Reason.REFUSED_MIN_NOTIONAL)
NO_ROOM = int(Reason.REFUSED_LEVELS)
BELOW_TICK = int(Reason.REFUSED_TICK)


class Signal(NamedTuple):
    """What is known of a symbol at the close of a bar.

    Attributes:
        close: quote currency.
        edge: blended edge, basis points, NaN without a prediction.
        volatility: standard deviation of log returns per bar.
        atr, low, high: average true range and edges of the recent range, each a fraction of the close.
        regime: code of the regime, row of the rules for an entry.
        gate: 0, or the Reason code of what the outside forbids. No bar, stale and blocked data forbid everything, the
            others entries only.
    """

    close: float
    edge: float
    volatility: float
    atr: float
    low: float
    high: float
    regime: int
    gate: int


@compiled
def decide(
    position: Position,
    usable: bool,
    signal: Signal,
    pause: int,
    room: Room,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int]:
    """(position with its new order and levels, Reason code, Bound code) at the close of a bar.

    `usable` says whether the bar's prices are; `pause` is 0 or the code of what pauses entries; `rules` are those of
    the position's regime, or of the present one when there is none; `room` is what the account has left.
    """
    if signal.gate == NO_BAR or signal.gate == STALE or signal.gate == BLOCKED:
        return position, signal.gate, 0
    if not usable:
        return position, BAD_PRICE, 0
    if position.ordered != 0.0:
        return position, HOLD_ORDER, 0
    if position.quantity != 0.0:
        position, reason = kept_or_left(position, signal, rules, instrument)
        return position, reason, 0
    deviation = signal.volatility * math.sqrt(profile.horizon)
    reason = entry_reason(
        signal.edge,
        2e4 * (instrument.taker_fee + instrument.half_spread),
        signal.gate,
        pause,
        deviation,
        position.entries,
        instrument.shorts,
        rules,
    )
    if reason != ENTER_EDGE:
        return position, reason, 0
    return entered(position, signal, deviation, room, profile, rules, instrument)


@compiled
def kept_or_left(position: Position, signal: Signal, rules: Rules, instrument: Instrument) -> tuple[Position, int]:
    """(position, reason): its stop trails, or all of it is ordered away at market."""
    reason = exit_reason(position, signal.edge, rules)
    ordered = 0.0
    if reason != HOLD_POSITION:
        if abs(position.quantity) * signal.close < instrument.min_notional:
            reason = TOO_SMALL
        else:
            ordered = -position.quantity
    stop = position.stop if ordered != 0.0 else trailed_stop(position, rules, instrument.tick)
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=position.last,
        best=position.best,
        atr=position.atr,
        age=position.age,
        stop=stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=ordered,
        limit=0.0,
        regime=position.regime,
        entries=position.entries,
    ), reason


@compiled
def entered(
    position: Position,
    signal: Signal,
    deviation: float,
    room: Room,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, int, int]:
    """(position, reason, bound) of an entry that nothing forbids but its levels and its size."""
    if signal.close < instrument.tick:
        return position, BELOW_TICK, 0
    side = 1.0 if signal.edge > 0.0 else -1.0
    price, limit = signal.close, 0.0
    if rules.limit_offset > 0.0:
        limit = limit_price(side, signal.close, rules.limit_offset, instrument.tick)
        if limit <= 0.0:
            return position, NO_ROOM, 0
        price = limit
    atr, low, high = signal.atr * signal.close, signal.low * signal.close, signal.high * signal.close
    if not are_known(atr, low, high, rules):
        return position, WARM_UP, 0
    levels = entry_levels(side, price, atr, low, high, rules, instrument.tick)
    if not leave_room(side, price, levels):
        return position, NO_ROOM, 0
    size = sized(side, price, abs(signal.edge), deviation, levels, room, profile, rules, instrument)
    if size.quantity == 0.0:
        return position, TOO_SMALL, size.bound
    return (
        Position(
            quantity=0.0,
            cost=0.0,
            entry=0.0,
            last=position.last,
            best=0.0,
            atr=atr if atr > 0.0 else 0.0,
            age=0.0,
            stop=levels.stop,
            target=levels.target,
            partial=levels.partial if size.part > 0.0 else 0.0,
            part=size.part,
            ordered=side * size.quantity,
            limit=limit,
            regime=float(signal.regime),
            entries=position.entries,
        ),
        ENTER_EDGE,
        size.bound,
    )


@compiled
def limit_price(side: float, close: float, offset: float, tick: float) -> float:
    """Price of a limit entry `offset` (fraction) better than the close, on the grid, never worse than that."""
    price = close * (1.0 - side * offset)
    return floor_to_step(price, tick) if side > 0.0 else ceil_to_step(price, tick)
