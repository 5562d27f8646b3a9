"""What happens in a bar of a world that has some of the causes: the model's fills, moved as the real ones were."""

from collections.abc import Sequence

from models.engine import GivenFill, Parameters, State
from models.engine.parameters import instrument_at
from models.gap.comparing import expiry
from models.gap.executions import Apart, Done, Extra, Shift, fee_of, is_of_order
from models.gap.kinds import Causes, Kind
from models.gap.stepping import Modelled
from models.kernels import nearest_step
from models.types import Leg


def given_in(
    model: Modelled, found: Apart, outside: Sequence[Done], causes: Causes, parameters: Parameters, state: State
) -> list[GivenFill] | None:
    """What the fold from `state` is given; None where the model's fills are all that happens. What came from
    `outside`, units that left and orders that were taken back, does so in every world.
    """
    if not outside and not _moves(found, causes):
        return None
    back = {one.row for one in outside if one.leg is Leg.EXPIRED}
    given = [expiry(row) for row in sorted(back) if _is_opening(state, row)]
    held = {row: float(state.position(row).quantity) for row in range(state.book.shape[0])}
    for one in (each for each in model.done if each.row not in back or not _is_opening(state, each.row)):
        given += _shifted(one, found.shift(one.row, one.leg), causes, parameters, held)
    if Kind.TIMING in causes:
        for extra in found.extras:
            given += _added(extra, causes, parameters, state, held)
    for row in sorted(model.expired - back):
        if row not in found.alive or Kind.TIMING not in causes:
            given.append(expiry(row))
    for one in (each for each in outside if each.leg is Leg.EXTERNAL):
        given += _booked(one, one.quantity, one.price, one.fee, parameters, held)
    return given


def _is_opening(state: State, row: int) -> bool:
    """Whether the row's order opens a position or adds to it."""
    position = state.position(row)
    return position.ordered != 0.0 and position.ordered * position.quantity >= 0.0


def _moves(found: Apart, causes: Causes) -> bool:
    """Whether anything of the bar differs by these causes."""
    if Kind.TIMING in causes and (found.extras or found.alive or any(one.here != 1.0 for one in found.shifts)):
        return True
    if Kind.FILL in causes and any(one.kept != 1.0 or one.price != 1.0 for one in found.shifts):
        return True
    return Kind.FEE in causes and any(one.fee_rate != 0.0 for one in found.shifts)


def _shifted(
    done: Done, shift: Shift | None, causes: Causes, parameters: Parameters, held: dict[int, float]
) -> list[GivenFill]:
    """A fill of the model, with what the causes change of it."""
    if shift is None:
        return _booked(done, done.quantity, done.price, done.fee, parameters, held)
    kept = shift.kept if Kind.FILL in causes else 1.0
    here = shift.here if Kind.TIMING in causes else 1.0
    if kept == 0.0 and is_of_order(done.leg):
        return [expiry(done.row)]
    quantity = done.quantity * kept * here
    price = done.price * shift.price if Kind.FILL in causes else done.price
    same = shift.real is not None and Kind.FILL in causes and Kind.TIMING in causes and done == shift.model
    if same and shift.real is not None:
        quantity, price = shift.real.quantity, shift.real.price
    fee = fee_of(done, quantity, price)
    if shift.real is not None and same and (Kind.FEE in causes or shift.fee_rate == 0.0):
        fee = shift.real.fee
    elif Kind.FEE in causes:
        fee += shift.fee_rate * abs(quantity) * price
    return _booked(done, quantity, price, fee, parameters, held)


def _added(
    extra: Extra, causes: Causes, parameters: Parameters, state: State, held: dict[int, float]
) -> list[GivenFill]:
    """A fill that the model does not have, as large a part of what this world has ordered or holds."""
    done, row = extra.model, extra.model.row
    ordered = float(state.position(row).ordered)
    base = ordered if extra.by_order else held[row]
    opens = done.leg in (Leg.ENTRY, Leg.ADD)
    if base == 0.0 or (base > 0.0) != ((done.quantity > 0.0) == (extra.share > 0.0)):
        return []
    if not opens and held[row] == 0.0:
        return []
    leg = done.leg
    if opens:
        leg = Leg.ENTRY if held[row] == 0.0 else Leg.ADD
    quantity = base * extra.share
    price = done.price * extra.price if Kind.FILL in causes else done.price
    same = quantity == extra.real.quantity and Kind.FILL in causes
    price = extra.real.price if same else price
    fee = fee_of(done, quantity, price)
    if same and (Kind.FEE in causes or extra.fee_rate == 0.0):
        fee = extra.real.fee
    elif Kind.FEE in causes:
        fee += extra.fee_rate * abs(quantity) * price
    return _booked(Done(row, leg, quantity, price, fee, extra.real.slip), quantity, price, fee, parameters, held)


def _booked(
    done: Done, quantity: float, price: float, fee: float, parameters: Parameters, held: dict[int, float]
) -> list[GivenFill]:
    """In lots, and no more than is held of what is left; nothing where that is nothing."""
    lot, opens = instrument_at(parameters.instruments, done.row).lot, done.leg in (Leg.ENTRY, Leg.ADD)
    units, there = nearest_step(quantity, lot), held[done.row]
    if not opens:
        if there * units >= 0.0:
            return []
        if abs(units) > abs(there):
            units = -there
    if units == 0.0:
        return []
    if units != quantity:
        fee *= units / quantity
    held[done.row] = nearest_step(there + units, lot)
    return [GivenFill(0, done.row, done.leg, units, price, fee, done.slip)]
