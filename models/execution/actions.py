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
        return _moved(position, 0.0, 0.0, last, 0.0, split, instrument), income, 0.0, 0.0
    held, cost, in_lieu = split_shares(position.quantity, position.cost, position.last, split, instrument.lot)
    ordered = 0.0 if position.ordered == 0.0 else -held
    moved = _moved(position, held, cost, last, ordered, split, instrument)
    return moved, income, in_lieu, in_lieu - (position.cost - cost)


@compiled
def _moved(
    position: Position, held: float, cost: float, last: float, ordered: float, split: float, instrument: Instrument
) -> Position:
    if held == 0.0:
        return flat(last, position.regime, position.entries)
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
        entries=position.entries,
    )


@compiled
def _level(level: float, split: float, down: float, tick: float) -> float:
    """A level after the split, on the grid: down to it where `down` is positive, else up. None (zero) stays none."""
    if down > 0.0:
        return floor_to_step(level / split, tick)
    return ceil_to_step(level / split, tick)
