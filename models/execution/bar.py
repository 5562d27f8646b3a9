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
def opened(
    position: Position, cash: float, locked: float, bar: Bar, instrument: Instrument
) -> tuple[Position, float, Execution]:
    """(position, cash, execution) of the waiting order at the open of a usable bar.

    `locked` is what the other positions bind: cash plus locked is free for an entry. In a bar without volume nobody
    trades: here and below everything waits.
    """
    if position.ordered == 0.0 or bar.volume == 0.0:
        return position, cash, no_execution()
    return booked(position, cash, at_the_open(position, cash + locked, bar, instrument), instrument)


@compiled
def rested(
    position: Position, cash: float, locked: float, bar: Bar, instrument: Instrument
) -> tuple[Position, float, Execution]:
    """(position, cash, execution) of a limit entry that the open did not fill."""
    if not is_resting(position) or bar.volume == 0.0:
        return position, cash, no_execution()
    return booked(position, cash, during_the_bar(position, cash + locked, bar, instrument), instrument)


@compiled
def is_resting(position: Position) -> bool:
    """Whether its waiting order is an entry."""
    return position.quantity == 0.0 and position.ordered != 0.0


@compiled
def levelled(
    position: Position,
    cash: float,
    bar: Bar,
    used: float,
    entered_inside: bool,
    finer: FloatArray,
    begin: int,
    end: int,
    instrument: Instrument,
) -> tuple[Position, float, Execution, Execution]:
    """(position, cash, and up to two executions) of the levels of an open position.

    `finer` of shape (n_finer, 2) holds high and low of finer bars, of which the bar's own stand in rows `begin` to
    before `end`; `used` and `entered_inside` as in `protected`.
    """
    if position.quantity == 0.0 or bar.volume == 0.0:
        return position, cash, no_execution(), no_execution()
    first, second = protected(position, bar, used, entered_inside, finer, begin, end, instrument)
    position, cash, first = booked(position, cash, first, instrument)
    position, cash, second = booked(position, cash, second, instrument)
    return position, cash, first, second


@compiled
def settle(
    position: Position,
    cash: float,
    bar: Bar,
    finer: FloatArray,
    begin: int,
    end: int,
    instrument: Instrument,
) -> tuple[Position, float, Execution, Execution, Execution, bool]:
    """All of the above for the only symbol of an account: (position, cash, up to three executions in their order,
    whether a resting order might have opened the position).
    """
    position, cash, first = opened(position, cash, 0.0, bar, instrument)
    inside = is_resting(position) and bar.volume != 0.0
    if inside:
        position, cash, first = rested(position, cash, 0.0, bar, instrument)
    used = abs(first.quantity)
    position, cash, second, third = levelled(position, cash, bar, used, inside, finer, begin, end, instrument)
    return position, cash, first, second, third, inside


@compiled
def observed(position: Position, bar: Bar, entered_inside: bool) -> Position:
    """The position after a usable bar has closed: its price is known, and how far it went.

    Of a bar during which a resting order opened the position only the close is sure to have come after that.
    """
    best, age = position.best, position.age
    if position.quantity > 0.0:
        best = max(best, bar.close if entered_inside else bar.high)
        age = age + 1.0
    elif position.quantity < 0.0:
        best = min(best, bar.close if entered_inside else bar.low)
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
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=position.earned,
        spent=position.spent,
    )
