"""What holds for every order, those that reduce a position included."""

import math

from models.kernels import compiled
from models.risk.pre_trade.codes import Check
from models.risk.pre_trade.inputs import Holdings, Orders, RowLimits
from models.risk.pre_trade.sums import GRID, ROUNDING, at_most, is_on_grid, note
from models.types import FloatArray, IntArray

FINITE, LOT, TICK, STOP_SIDE = int(Check.FINITE), int(Check.LOT), int(Check.TICK), int(Check.STOP_SIDE)
HELD, COLLAR = int(Check.HELD), int(Check.COLLAR)


@compiled
def price_of(orders: Orders, holdings: Holdings, i: int) -> float:
    """Price that an order is worth its units at: its limit, or the last close."""
    return float(orders.limit[i] if orders.limit[i] != 0.0 else holdings.close[i])


@compiled
def stop_of(orders: Orders, holdings: Holdings, i: int) -> float:
    """Stop that an order's units will have: its own, or that of the position that it adds to; 0.0 without one."""
    return float(orders.stop[i] if orders.stop[i] != 0.0 or holdings.units[i] == 0.0 else holdings.stop[i])


@compiled
def is_number(orders: Orders, holdings: Holdings, table: FloatArray, count: IntArray, i: int) -> bool:
    """Whether units, price and stop are usable numbers; nothing else is looked at where they are not."""
    price = price_of(orders, holdings, i)
    for value, least in ((orders.units[i], -math.inf), (price, 0.0), (orders.stop[i], -1e-300)):
        if not (math.isfinite(value) and value > least):
            note(table, count, i, FINITE, value, 0.0)
            return False
    return True


@compiled
def reduces(orders: Orders, holdings: Holdings, i: int) -> bool:
    """Whether an order goes against what is held."""
    return bool(orders.units[i] * holdings.units[i] < 0.0)


@compiled
def check_soundness(
    orders: Orders, holdings: Holdings, limits: RowLimits, collar: float, table: FloatArray, count: IntArray, i: int
) -> None:
    """Grid, side of the stop, no more sold than held, and the price collar of row `i`."""
    units, price = orders.units[i], price_of(orders, holdings, i)
    whole = abs(units + holdings.units[i]) <= GRID * limits.lot[i]
    if not is_on_grid(units, limits.lot[i]) and not (whole and reduces(orders, holdings, i)):
        note(table, count, i, LOT, units, limits.lot[i])
    if orders.limit[i] != 0.0 and not is_on_grid(orders.limit[i], limits.tick[i]):
        note(table, count, i, TICK, orders.limit[i], limits.tick[i])
    if reduces(orders, holdings, i):
        at_most(table, count, i, HELD, abs(units), abs(holdings.units[i]), GRID * limits.lot[i])
    elif orders.stop[i] != 0.0:
        if not is_on_grid(orders.stop[i], limits.tick[i]):
            note(table, count, i, TICK, orders.stop[i], limits.tick[i])
        if (price - orders.stop[i]) * units <= 0.0:
            note(table, count, i, STOP_SIDE, orders.stop[i], price)
    if not math.isnan(holdings.reference[i]):
        # A limit was rounded to the grid: by less than a tick.
        rounded = limits.tick[i] if orders.limit[i] != 0.0 else 0.0
        allowed = collar * holdings.reference[i] + rounded
        at_most(table, count, i, COLLAR, abs(price - holdings.reference[i]), allowed, ROUNDING * allowed)
