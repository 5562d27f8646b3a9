"""One bar of one symbol: what becomes of its waiting order and of its position."""

from models.execution.booking import booked
from models.execution.executions import Execution, no_execution
from models.execution.market import Bar
from models.execution.orders import at_the_open, during_the_bar
from models.execution.protection import protected
from models.kernels import compiled
from models.portfolio import Position
from models.types import FloatArray, Instrument


@compiled
def settle(
    position: Position,
    cash: float,
    locked: float,
    bar: Bar,
    finer: FloatArray,
    begin: int,
    end: int,
    instrument: Instrument,
) -> tuple[Position, float, Execution, Execution, Execution]:
    """(position, cash, and up to three executions in their order) after a usable bar.

    `locked` is what the other positions bind: cash plus locked is free for an entry. `finer` of shape (n_finer, 2)
    holds high and low of finer bars, of which the bar's own stand in rows `begin` to before `end`. In a bar without
    volume nobody trades: everything waits.
    """
    first, second, third = no_execution(), no_execution(), no_execution()
    if bar.volume == 0.0:
        return position, cash, first, second, third
    entered_inside = False
    if position.ordered != 0.0:
        position, cash, first = booked(
            position, cash, at_the_open(position, cash + locked, bar, instrument), instrument
        )
        if position.quantity == 0.0 and position.ordered != 0.0:
            entered_inside = True
            resting = during_the_bar(position, cash + locked, bar, instrument)
            position, cash, first = booked(position, cash, resting, instrument)
    if position.quantity != 0.0:
        second, third = protected(position, bar, entered_inside, finer, begin, end, instrument)
        position, cash, second = booked(position, cash, second, instrument)
        position, cash, third = booked(position, cash, third, instrument)
    return position, cash, first, second, third


@compiled
def observed(position: Position, bar: Bar) -> Position:
    """The position after a usable bar has closed: its price is known, and how far it went."""
    best, age = position.best, position.age
    if position.quantity > 0.0:
        best = max(best, bar.high)
        age = age + 1.0
    elif position.quantity < 0.0:
        best = min(best, bar.low)
        age = age + 1.0
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=bar.close,
        best=best,
        atr=position.atr,
        age=age,
        stop=position.stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=position.ordered,
        limit=position.limit,
        regime=position.regime,
        entries=position.entries,
    )
