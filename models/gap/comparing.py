"""What was really done in a bar, held against what the model does from the same state."""

import math
from collections.abc import Callable, Sequence

from models.engine import GivenFill, Panel, Parameters, State
from models.engine.panel import HIGH, LOW, OPEN, VOLUME
from models.engine.parameters import COLUMN, instrument_at
from models.engine.state import ORDERED, QUANTITY
from models.execution.market import taker_price
from models.gap.executions import OUTSIDE, Apart, Done, Extra, is_of_order, merged, plain, shifted
from models.gap.stepping import Modelled
from models.portfolio import Position
from models.types import Leg

# Of a row and a leg: base units that its order gets in later bars.
Later = Callable[[int], float]
# Whether a row's order is still there after the bar.
Waits = Callable[[int], bool]
MAKERS = (Leg.TARGET, Leg.PARTIAL)


def apart(
    bar: Panel,
    parameters: Parameters,
    state: State,
    model: Modelled,
    real: Sequence[Done],
    later: Later,
    waits: Waits,
    outlives: Waits,
) -> Apart:
    """Of one bar, a panel of one row, from the state before it; `outlives` is asked of what the model says is over."""
    back = {one.row for one in real if one.leg is Leg.EXPIRED}
    theirs = merged([one for one in model.done if one.row not in back])
    ours = merged([one for one in real if one.leg not in OUTSIDE])
    shifts = [shifted(one, ours.get(key), *_rest(one, later, waits)) for key, one in theirs.items()]
    extras = [_extra(bar, parameters, state, one) for key, one in ours.items() if key not in theirs]
    filled = {one.row for one in ours.values() if is_of_order(one.leg)}
    alive = {row for row in model.expired if row not in filled and (outlives(row) or later(row) != 0.0)}
    return Apart(tuple(one for one in shifts if one is not None), tuple(extras), frozenset(alive))


def given_of(model: Modelled, real: Sequence[Done], found: Apart) -> list[GivenFill]:
    """What was done in the bar, and which orders were over without a fill: what the fold is given to repeat it."""
    done = [GivenFill(0, one.row, one.leg, one.quantity, one.price, one.fee, one.slip) for one in real]
    over = {one.model.row for one in found.shifts if one.kept == 0.0} | (model.expired - found.alive)
    filled = {one.row for one in real if is_of_order(one.leg)}
    return done + [expiry(row) for row in sorted(over - filled)]


def expiry(row: int) -> GivenFill:
    """The row's order is over without a fill."""
    return GivenFill(0, row, Leg.EXPIRED, 0.0, 0.0, 0.0, 0.0)


def _rest(model: Done, later: Later, waits: Waits) -> tuple[float, bool]:
    return (later(model.row), waits(model.row)) if is_of_order(model.leg) else (0.0, False)


def _extra(bar: Panel, parameters: Parameters, state: State, real: Done) -> Extra:
    """The model's price of a fill that the model does not have: of an order at the bar's open, of a level where the bar
    comes nearest to it.
    """
    position, instrument = state.position(real.row), instrument_at(parameters.instruments, real.row)
    prices = bar.prices[0, parameters.slots[real.row, COLUMN]]
    price = real.price
    if math.isfinite(prices[OPEN]):
        price = _reference(position, real.leg, prices.tolist())
        if real.leg not in MAKERS:
            price = taker_price(real.quantity, price, prices[VOLUME], instrument)
    rate = instrument.maker_fee if real.leg in MAKERS else instrument.taker_fee
    if real.leg is Leg.LIQUIDATION:
        rate += instrument.liquidation_fee
    model = Done(real.row, plain(real.leg), real.quantity, price, abs(real.quantity) * price * rate)
    ordered, held = state.book[real.row, ORDERED], state.book[real.row, QUANTITY]
    by_order = is_of_order(real.leg) and ordered * real.quantity > 0.0
    whole = ordered if by_order else held
    return Extra(model, real, real.quantity / whole if whole else 1.0, by_order)


def _reference(position: Position, leg: Leg, prices: list[float]) -> float:
    opened = prices[OPEN]
    if is_of_order(leg):
        return opened
    level = {Leg.TARGET: position.target, Leg.PARTIAL: position.partial}.get(leg, position.stop)
    side = 1.0 if position.quantity > 0.0 else -1.0
    if leg in MAKERS:
        level = side * max(side * level, side * opened)
    elif level > 0.0:
        level = side * min(side * level, side * opened)
    return min(max(level, prices[LOW]), prices[HIGH])
