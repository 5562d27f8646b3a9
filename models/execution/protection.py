"""The levels that protect a position, inside one bar: stop, liquidation, target and partial profit.

A stop that the open has passed fills at the open. Where a bar reaches stop and profit alike, bars of a finer timeframe
say which came first; without them, or inside one of them, it was the stop.
"""

from typing import NamedTuple

from models.execution.executions import Execution, executed, no_execution
from models.execution.liquidation import liquidation_price
from models.execution.market import Bar, available, is_through, taker_price
from models.kernels import ceil_to_step, compiled, floor_to_step, nearest_step
from models.portfolio import Position
from models.types import FloatArray, Instrument, Leg

STOP = int(Leg.STOP)
TARGET = int(Leg.TARGET)
PARTIAL = int(Leg.PARTIAL)
LIQUIDATION = int(Leg.LIQUIDATION)


class Reached(NamedTuple):
    """Which levels a bar executes; the partial profit comes before the others."""

    partial: bool
    target: bool
    stop: bool


@compiled
def reached(position: Position, high: float, low: float, instrument: Instrument) -> Reached:
    """The levels that a stretch from `low` to `high` touches, whatever their order."""
    if position.quantity > 0.0:
        return Reached(
            partial=position.partial > 0.0 and is_through(position.partial, high, -1.0, instrument),
            target=position.target > 0.0 and is_through(position.target, high, -1.0, instrument),
            stop=low <= position.stop,
        )
    return Reached(
        partial=position.partial > 0.0 and is_through(position.partial, low, 1.0, instrument),
        target=position.target > 0.0 and is_through(position.target, low, 1.0, instrument),
        stop=0.0 < position.stop <= high,
    )


@compiled
def in_order(position: Position, bar: Bar, finer: FloatArray, begin: int, end: int, instrument: Instrument) -> Reached:
    """Of stop and profit levels that one bar touches, those that come first. `finer` of shape (n_finer, 2) holds high
    and low of finer bars, of which the bar's own stand in rows `begin` to before `end`.

    What the open has passed already comes before everything else.
    """
    at_open = reached(position, bar.open, bar.open, instrument)
    if at_open.stop or at_open.target:
        return Reached(at_open.partial and not at_open.stop, at_open.target and not at_open.stop, at_open.stop)
    partial = at_open.partial
    for k in range(begin, end):
        now = reached(position, finer[k, 0], finer[k, 1], instrument)
        if now.stop:
            return Reached(partial, False, True)
        partial = partial or now.partial
        if now.target:
            return Reached(partial, True, False)
    return Reached(partial, False, True)


@compiled
def protected(
    position: Position,
    bar: Bar,
    used: float,
    entered_inside: bool,
    finer: FloatArray,
    begin: int,
    end: int,
    instrument: Instrument,
) -> tuple[Execution, Execution]:
    """What the levels of an open position execute in a bar: a partial profit, and what closes the rest; all together
    no more than the volume gives beyond the `used` units that its order got already.

    `entered_inside` says that the position was opened by a resting order during this bar: the price went on to the stop
    if it is in the bar, but whether it came back to a target afterwards nobody knows, so it did not.
    """
    now = reached(position, bar.high, bar.low, instrument)
    if entered_inside:
        now = Reached(False, False, now.stop)
    elif now.stop and (now.target or now.partial):
        now = in_order(position, bar, finer, begin, end, instrument)
    first, second = no_execution(), no_execution()
    if not (now.partial or now.target or now.stop):
        return first, second
    room = nearest_step(max(available(bar.volume, instrument) - used, 0.0), instrument.lot)
    left = abs(position.quantity)
    if now.partial:
        first = _at_profit(position, PARTIAL, position.partial, min(position.part, left, room), bar, instrument)
        left = nearest_step(left - abs(first.quantity), instrument.lot)
        room = nearest_step(room - abs(first.quantity), instrument.lot)
    if now.stop and left > 0.0:
        second = _at_stop(position, min(left, room), bar, entered_inside, instrument)
    elif now.target and left > 0.0:
        second = _at_profit(position, TARGET, position.target, min(left, room), bar, instrument)
    return first, second


@compiled
def _at_profit(position: Position, leg: int, level: float, size: float, bar: Bar, instrument: Instrument) -> Execution:
    if size <= 0.0:
        return no_execution()
    if position.quantity > 0.0:
        price = max(level, floor_to_step(bar.open, instrument.tick))
        return executed(leg, -size, price, price, instrument.maker_fee, instrument)
    price = min(level, ceil_to_step(bar.open, instrument.tick))
    return executed(leg, size, price, price, instrument.maker_fee, instrument)


@compiled
def _at_stop(position: Position, size: float, bar: Bar, entered_inside: bool, instrument: Instrument) -> Execution:
    reference = position.stop
    liquidation = liquidation_price(position.quantity, position.entry, instrument)
    if position.quantity > 0.0:
        quantity = -size
        forced = position.stop <= liquidation
        if bar.open < reference and not entered_inside:
            reference = bar.open
    else:
        quantity = size
        forced = position.stop >= liquidation
        if bar.open > reference and not entered_inside:
            reference = bar.open
    price = taker_price(quantity, reference, bar.volume, instrument)
    if forced:
        rate = instrument.taker_fee + instrument.liquidation_fee
        return executed(LIQUIDATION, quantity, price, reference, rate, instrument)
    return executed(STOP, quantity, price, reference, instrument.taker_fee, instrument)
