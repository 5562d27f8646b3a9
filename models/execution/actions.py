"""What a split or a dividend does to a position and to its levels."""

from models.kernels import ceil_to_step, compiled, floor_to_step
from models.portfolio import Position, flat, split_shares
from models.types import Instrument


@compiled
def after_actions(
    position: Position, split: float, dividend: float, instrument: Instrument
) -> tuple[Position, float, float, float]:
    """(position, dividends, cash in lieu of fractions, profit realised on those) at the open of a bar that goes ex:
    `split` new units for an old one, `dividend` quote currency per old unit.

    A split moves quantity, prices and levels along; an entry that waits is void, for its size and levels were meant for
    the old units; fractions below the lot are paid out. Dividends are paid at once, though venues take weeks.
    """
    income = position.quantity * dividend
    if split == 1.0:
        return position, income, 0.0, 0.0
    last = position.last / split
    if position.quantity == 0.0:
        return flat(position, last), income, 0.0, 0.0
    held, cost, in_lieu = split_shares(position.quantity, position.cost, position.last, split, instrument.lot)
    ordered = _ordered(position, held, split, instrument.lot)
    realised = in_lieu - (position.cost - cost)
    return _moved(position, held, cost, last, ordered, realised, split, instrument), income, in_lieu, realised


@compiled
def _moved(
    position: Position,
    held: float,
    cost: float,
    last: float,
    ordered: float,
    realised: float,
    split: float,
    instrument: Instrument,
) -> Position:
    if held == 0.0:
        return flat(position, last)
    return Position(
        quantity=held,
        cost=cost,
        entry=position.entry / split,
        last=last,
        best=position.best / split,
        atr=position.atr / split,
        age=position.age,
        stop=_level(position.stop, split, held, instrument.tick),
        target=_level(position.target, split, -held, instrument.tick),
        partial=_level(position.partial, split, -held, instrument.tick),
        part=floor_to_step(position.part * split, instrument.lot),
        ordered=ordered,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=position.earned + realised,
        spent=position.spent,
    )


@compiled
def _ordered(position: Position, held: float, split: float, lot: float) -> float:
    """What still waits after a split: all of the position where all was to go, what was to be reduced in new units, and
    nothing of what was to be added.
    """
    if position.ordered * position.quantity >= 0.0:
        return 0.0
    if abs(position.ordered) >= abs(position.quantity):
        return -held
    size = min(floor_to_step(abs(position.ordered) * split, lot), abs(held))
    return size if position.ordered > 0.0 else -size


@compiled
def _level(level: float, split: float, down: float, tick: float) -> float:
    """A level after the split, on the grid: down to it where `down` is positive, else up. None (zero) stays none."""
    if down > 0.0:
        return floor_to_step(level / split, tick)
    return ceil_to_step(level / split, tick)
