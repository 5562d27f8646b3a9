"""Entering an execution into a position: the one place where a fill meets what is held."""

from models.execution.executions import ADD, ENTRY, EXPIRED, NONE, Execution
from models.execution.liquidation import liquidation_price
from models.execution.orders import EXIT
from models.kernels import compiled, floor_to_step, nearest_step
from models.portfolio import Position, apply_fill, flat, with_order
from models.types import Instrument, Leg

# Of what these leave nothing more is ordered.
PARTIAL, TARGET, EXTERNAL = int(Leg.PARTIAL), int(Leg.TARGET), int(Leg.EXTERNAL)


@compiled
def booked(
    position: Position, cash: float, done: Execution, instrument: Instrument
) -> tuple[Position, float, Execution]:
    """(position, cash, the execution with what it realised) after `done`.

    What a stop, an exit or a liquidation could not close stays ordered at market; what an entry or an addition did not
    get expires; the rest of a target rests on, and so does what is left when units went without an order of ours.
    """
    if done.leg == NONE:
        return position, cash, done
    if done.leg == EXPIRED:
        return _expired(position), cash - done.fee, done
    cash, held, cost, realised = apply_fill(
        cash, position.quantity, position.cost, done.quantity, done.price, done.fee, instrument.lot
    )
    done = Execution(done.leg, done.quantity, done.price, done.fee, done.slip, realised)
    if done.leg == ENTRY:
        return _opened(position, done, held, cost, instrument), cash, done
    if done.leg == ADD:
        return _added(position, done, held, cost, instrument), cash, done
    if held == 0.0:
        return flat(position, position.last), cash, done
    return _reduced(position, done, held, cost, instrument.lot), cash, done


@compiled
def _opened(position: Position, done: Execution, held: float, cost: float, instrument: Instrument) -> Position:
    """The position of a fill that opens; `part` shrinks with what was filled of the order."""
    part = position.part
    if held != position.ordered and position.ordered != 0.0:
        part = floor_to_step(part * (held / position.ordered), instrument.lot)
    liquidation = liquidation_price(held, done.price, instrument)
    stop = max(position.stop, liquidation) if held > 0.0 else _lower(position.stop, liquidation)
    partial = position.partial if part > 0.0 else 0.0
    return Position(
        quantity=held,
        cost=cost,
        entry=done.price,
        last=position.last,
        best=done.price,
        atr=position.atr,
        age=0.0,
        stop=stop,
        target=position.target,
        partial=partial,
        part=part,
        ordered=0.0,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries + 1.0,
        charge=position.charge,
        mandate=position.mandate,
        earned=0.0,
        spent=abs(done.quantity) * done.price,
    )


@compiled
def _reduced(position: Position, done: Execution, held: float, cost: float, lot: float) -> Position:
    ordered = position.ordered
    goes = ordered * held < 0.0 and (abs(ordered) >= abs(position.quantity) or abs(ordered) > abs(held))
    if done.leg == EXIT:
        ordered = nearest_step(ordered - done.quantity, lot)
    elif goes or (done.leg != PARTIAL and done.leg != TARGET and done.leg != EXTERNAL):
        ordered = -held
    partial, part = position.partial, min(position.part, abs(held))
    if done.leg == PARTIAL:
        partial, part = 0.0, 0.0
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
        partial=partial,
        part=part,
        ordered=ordered,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=position.earned + done.realised,
        spent=position.spent,
    )


@compiled
def _expired(position: Position) -> Position:
    """Without the order; an entry leaves nothing, an addition the position that it was for."""
    return flat(position, position.last) if position.quantity == 0.0 else with_order(position, 0.0, position.stop)


@compiled
def _added(position: Position, done: Execution, held: float, cost: float, instrument: Instrument) -> Position:
    """The position after an addition, entered at the mean of its prices; where its own margin was its stop, that goes
    along.
    """
    entry = (position.entry * position.quantity + done.price * done.quantity) / held
    before = liquidation_price(position.quantity, position.entry, instrument)
    liquidation = liquidation_price(held, entry, instrument)
    if held > 0.0:
        stop = liquidation if position.stop <= before else max(position.stop, liquidation)
        best = max(position.best, done.price)
    else:
        stop = liquidation if position.stop >= before else _lower(position.stop, liquidation)
        best = min(position.best, done.price)
    return Position(
        quantity=held,
        cost=cost,
        entry=entry,
        last=position.last,
        best=best,
        atr=position.atr,
        age=position.age,
        stop=stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=0.0,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=position.earned,
        spent=position.spent + abs(done.quantity) * done.price,
    )


@compiled
def _lower(stop: float, liquidation: float) -> float:
    """The nearer of two levels above a short position, of which zero is none."""
    if stop == 0.0:
        return liquidation
    return stop if liquidation == 0.0 else min(stop, liquidation)
