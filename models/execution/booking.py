"""Entering an execution into a position: the one place where a fill meets what is held."""

from models.execution.executions import ENTRY, EXPIRED, NONE, Execution
from models.execution.liquidation import liquidation_price
from models.execution.orders import EXIT
from models.kernels import compiled, floor_to_step, nearest_step
from models.portfolio import Position, apply_fill, flat
from models.types import Instrument, Leg

PARTIAL = int(Leg.PARTIAL)
TARGET = int(Leg.TARGET)


@compiled
def booked(
    position: Position, cash: float, done: Execution, instrument: Instrument
) -> tuple[Position, float, Execution]:
    """(position, cash, the execution with what it realised) after `done`.

    What a stop, an exit or a liquidation could not close stays ordered at market; what an entry did not get expires;
    the rest of a target rests on.
    """
    if done.leg == NONE:
        return position, cash, done
    if done.leg == EXPIRED:
        return flat(position.last, position.regime, position.entries), cash, done
    cash, held, cost, realised = apply_fill(
        cash, position.quantity, position.cost, done.quantity, done.price, done.fee, instrument.lot
    )
    done = Execution(done.leg, done.quantity, done.price, done.fee, done.slip, realised)
    if done.leg == ENTRY:
        return _opened(position, done, held, cost, instrument), cash, done
    if held == 0.0:
        return flat(position.last, position.regime, position.entries), cash, done
    return _reduced(position, done, held, cost, instrument.lot), cash, done


@compiled
def _opened(position: Position, done: Execution, held: float, cost: float, instrument: Instrument) -> Position:
    """The position of a fill that opens; `part` shrinks with what was filled of the order."""
    part = position.part
    if held != position.ordered:
        part = floor_to_step(part * (held / position.ordered), instrument.lot)
    liquidation = liquidation_price(held, done.price, instrument)
    return Position(
        quantity=held,
        cost=cost,
        entry=done.price,
        last=position.last,
        best=done.price,
        atr=position.atr,
        age=0.0,
        stop=max(position.stop, liquidation) if held > 0.0 else _lower(position.stop, liquidation),
        target=position.target,
        partial=position.partial if part > 0.0 else 0.0,
        part=part,
        ordered=0.0,
        limit=0.0,
        regime=position.regime,
        entries=position.entries + 1.0,
    )


@compiled
def _reduced(position: Position, done: Execution, held: float, cost: float, lot: float) -> Position:
    ordered = position.ordered
    if done.leg == EXIT:
        ordered = nearest_step(ordered - done.quantity, lot)
    elif ordered != 0.0 or (done.leg != PARTIAL and done.leg != TARGET):
        ordered = -held
    took_part = done.leg == PARTIAL
    return Position(
        quantity=held,
        cost=cost,
        entry=position.entry,
        last=position.last,
        best=position.best,
        atr=position.atr,
        age=position.age,
        stop=position.stop,
        target=position.target,
        partial=0.0 if took_part else position.partial,
        part=0.0 if took_part else min(position.part, abs(held)),
        ordered=ordered,
        limit=0.0,
        regime=position.regime,
        entries=position.entries,
    )


@compiled
def _lower(stop: float, liquidation: float) -> float:
    """The nearer of two levels above a short position, of which zero is none."""
    if stop == 0.0:
        return liquidation
    return stop if liquidation == 0.0 else min(stop, liquidation)
