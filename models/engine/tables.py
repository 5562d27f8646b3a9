"""The tables that a fold writes: orders, fills, switches and trips. T is the row of the panel, ROW that of the book."""

from models.execution import Execution
from models.kernels import compiled
from models.portfolio import Position
from models.risk import Caps
from models.types import Cause, FloatArray

ORDER_COLUMNS = 23
(
    ORDER_T,
    ORDER_ROW,
    ORDER_QUANTITY,
    ORDER_REASON,
    ORDER_BOUND,
    ORDER_REGIME,
    ORDER_LIMIT,
    ORDER_STOP,
    ORDER_TARGET,
    ORDER_PARTIAL,
    ORDER_PART,
    ORDER_OWNER,
) = range(12)
# What each limit allowed an entry, in the order of the fields of Caps.
ORDER_CAPS = 12

FILL_COLUMNS = 10
(
    FILL_T,
    FILL_ROW,
    FILL_LEG,
    FILL_QUANTITY,
    FILL_PRICE,
    FILL_FEE,
    FILL_SLIP,
    FILL_REALISED,
    FILL_REGIME,
    FILL_OWNER,
) = range(FILL_COLUMNS)
# At most these many in one bar of one symbol.
MOST_FILLS = 3

SWITCH_COLUMNS = 5
SWITCH_T, SWITCH_ROW, SWITCH_BEFORE, SWITCH_AFTER, SWITCH_CAUSE = range(SWITCH_COLUMNS)
BY_REGIME, BY_LOSSES, BY_RECOVERY = int(Cause.REGIME), int(Cause.UNDERPERFORMED), int(Cause.RECOVERED)


# Trips of the account (TRIP_SYSTEM is -1) and pauses of a system; KIND is 1.0 for a trip and 0.0 for a release.
TRIP_COLUMNS = 7
TRIP_T, TRIP_SYSTEM, TRIP_KIND, TRIP_LEVEL, TRIP_BREAKER, TRIP_VALUE, TRIP_LIMIT = range(TRIP_COLUMNS)
# In one bar an account is released by a person, trips, and trips again from outside; a system is released and paused.
MOST_TRIPS, MOST_PAUSES = 4, 3


@compiled
def note_order(
    orders: FloatArray, row: int, t: int, i: int, position: Position, reason: int, bound: int, caps: Caps
) -> int:
    """Write the waiting order of `position`; returns the next free row."""
    opens = position.quantity == 0.0
    orders[row, ORDER_T] = t
    orders[row, ORDER_ROW] = i
    orders[row, ORDER_QUANTITY] = position.ordered
    orders[row, ORDER_REASON] = reason
    orders[row, ORDER_BOUND] = bound
    orders[row, ORDER_REGIME] = position.regime
    orders[row, ORDER_LIMIT] = position.limit
    orders[row, ORDER_STOP] = position.stop if opens else 0.0
    orders[row, ORDER_TARGET] = position.target if opens else 0.0
    orders[row, ORDER_PARTIAL] = position.partial if opens else 0.0
    orders[row, ORDER_PART] = position.part if opens else 0.0
    orders[row, ORDER_OWNER] = position.owner
    orders[row, 12] = caps.position
    orders[row, 13] = caps.specialist
    orders[row, 14] = caps.kelly
    orders[row, 15] = caps.position_risk
    orders[row, 16] = caps.asset_class
    orders[row, 17] = caps.portfolio_risk
    orders[row, 18] = caps.leverage
    orders[row, 19] = caps.exposure
    orders[row, 20] = caps.free
    orders[row, 21] = caps.var
    orders[row, 22] = caps.capital
    return row + 1


@compiled
def note_fill(fills: FloatArray, row: int, t: int, i: int, done: Execution, position: Position) -> int:
    """Write an execution of `position`, if anything was executed; returns the next free row."""
    if done.quantity == 0.0:
        return row
    fills[row, FILL_T] = t
    fills[row, FILL_ROW] = i
    fills[row, FILL_LEG] = done.leg
    fills[row, FILL_QUANTITY] = done.quantity
    fills[row, FILL_PRICE] = done.price
    fills[row, FILL_FEE] = done.fee
    fills[row, FILL_SLIP] = done.slip
    fills[row, FILL_REALISED] = done.realised
    fills[row, FILL_REGIME] = position.regime
    fills[row, FILL_OWNER] = position.owner
    return row + 1


@compiled
def note_switch(switches: FloatArray, row: int, t: int, i: int, before: Position, after: Position) -> int:
    """Write that another specialist is in charge; returns the next free row."""
    switches[row, SWITCH_T] = t
    switches[row, SWITCH_ROW] = i
    switches[row, SWITCH_BEFORE] = before.charge
    switches[row, SWITCH_AFTER] = after.charge
    if before.mandate != after.mandate:
        switches[row, SWITCH_CAUSE] = BY_REGIME
    elif after.charge == after.mandate or before.charge < 0.0:
        switches[row, SWITCH_CAUSE] = BY_RECOVERY
    else:
        switches[row, SWITCH_CAUSE] = BY_LOSSES
    return row + 1


@compiled
def note_trip(
    trips: FloatArray,
    row: int,
    t: int,
    system: int,
    kind: float,
    level: float,
    breaker: float,
    value: float,
    limit: float,
) -> int:
    """Write that a stop tripped or was released; returns the next free row."""
    trips[row, TRIP_T] = t
    trips[row, TRIP_SYSTEM] = system
    trips[row, TRIP_KIND] = kind
    trips[row, TRIP_LEVEL] = level
    trips[row, TRIP_BREAKER] = breaker
    trips[row, TRIP_VALUE] = value
    trips[row, TRIP_LIMIT] = limit
    return row + 1
