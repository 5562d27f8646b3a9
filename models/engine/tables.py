"""The two tables that a fold writes: orders and fills. T is the row of the panel, ROW that of the symbol."""

from models.execution import Execution
from models.kernels import compiled
from models.portfolio import Position
from models.types import FloatArray

ORDER_COLUMNS = 11
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
) = range(ORDER_COLUMNS)

FILL_COLUMNS = 9
FILL_T, FILL_ROW, FILL_LEG, FILL_QUANTITY, FILL_PRICE, FILL_FEE, FILL_SLIP, FILL_REALISED, FILL_REGIME = range(
    FILL_COLUMNS
)
# At most these many in one bar of one symbol.
MOST_FILLS = 3


@compiled
def note_order(orders: FloatArray, row: int, t: int, i: int, position: Position, reason: int, bound: int) -> int:
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
    return row + 1


@compiled
def note_fill(fills: FloatArray, row: int, t: int, i: int, done: Execution, regime: float) -> int:
    """Write an execution, if anything was executed; returns the next free row."""
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
    fills[row, FILL_REGIME] = regime
    return row + 1
