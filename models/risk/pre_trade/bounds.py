"""What holds for orders that open or add to a position."""

import math

from models.kernels import compiled
from models.risk.pre_trade.codes import Check
from models.risk.pre_trade.inputs import Holdings, Orders, Purses, RowLimits, Whole
from models.risk.pre_trade.soundness import price_of, stop_of
from models.risk.pre_trade.sums import (
    LOT_ROUNDING,
    POSITIONS,
    ROUNDING,
    SQUARE,
    TRADES,
    Sums,
    at_most,
    lost_share,
    note,
    pull_on,
    tail_of,
)
from models.types import FloatArray, IntArray

GATE, LADDER, SHORTS = int(Check.GATE), int(Check.LADDER), int(Check.SHORTS)
MIN_NOTIONAL, SIZE_RANGE = int(Check.MIN_NOTIONAL), int(Check.SIZE_RANGE)
PROFILE_POSITION, ASSET_CLASS = int(Check.PROFILE_POSITION), int(Check.ASSET_CLASS)
POSITION_RISK, PORTFOLIO_RISK = int(Check.POSITION_RISK), int(Check.PORTFOLIO_RISK)
LEVERAGE, CASH, CAPITAL, VAR = int(Check.LEVERAGE), int(Check.CASH), int(Check.CAPITAL), int(Check.VAR)
MOST_POSITIONS, MOST_TRADES = int(Check.POSITIONS), int(Check.TRADES)


@compiled
def check_permission(
    orders: Orders,
    limits: RowLimits,
    purses: Purses,
    whole: Whole,
    system: int,
    table: FloatArray,
    count: IntArray,
    i: int,
) -> None:
    """Whether row `i` may be entered at all."""
    if limits.gate[i] != 0.0:
        note(table, count, i, GATE, limits.gate[i], 0.0)
    stopped = max(whole.level, purses.paused[system])
    if stopped != 0.0:
        note(table, count, i, LADDER, stopped, 0.0)
    if orders.units[i] < 0.0 and limits.shorts[i] == 0.0:
        note(table, count, i, SHORTS, orders.units[i], 0.0)


@compiled
def check_size(
    orders: Orders,
    holdings: Holdings,
    limits: RowLimits,
    purses: Purses,
    system: int,
    table: FloatArray,
    count: IntArray,
    i: int,
) -> None:
    """The position by itself: smallest order, smallest and largest position, what it loses at its stop."""
    price, equity = price_of(orders, holdings, i), purses.equity[system]
    size, slack = abs(orders.units[i]), slack_of(limits, equity, price, i)
    lowest = min(price, orders.stop[i]) if orders.stop[i] > 0.0 else price
    at_most(table, count, i, MIN_NOTIONAL, -size * lowest, -limits.min_notional[i], ROUNDING * limits.min_notional[i])
    if is_fresh(holdings, i):
        at_most(table, count, i, SIZE_RANGE, -size * price, -limits.least_size[i] * equity, slack)
    value = (size + abs(holdings.units[i] + holdings.waiting[i])) * price
    at_most(table, count, i, PROFILE_POSITION, value, purses.max_position[system] * equity, slack)
    at_most(table, count, i, ASSET_CLASS, value, limits.class_limit[i] * equity, slack)
    if orders.by_weight[i] == 0.0:
        risk = risk_of(orders, holdings, limits, i)
        at_most(table, count, i, POSITION_RISK, risk, purses.max_position_risk[system] * equity, slack)


@compiled
def check_room(
    orders: Orders,
    holdings: Holdings,
    limits: RowLimits,
    purses: Purses,
    whole: Whole,
    sums: Sums,
    system: int,
    links: FloatArray,
    table: FloatArray,
    count: IntArray,
    i: int,
) -> None:
    """The position beside all others: risk, leverage, free equity, capital, value at risk, counts."""
    price, equity = price_of(orders, holdings, i), purses.equity[system]
    value, slack = abs(orders.units[i]) * price, slack_of(limits, equity, price, i)
    if orders.by_weight[i] == 0.0:
        risk = sums.at_risk[system] + risk_of(orders, holdings, limits, i)
        at_most(table, count, i, PORTFOLIO_RISK, risk, purses.max_portfolio_risk[system] * equity, slack)
    exposure = sums.exposure[system] + value
    at_most(table, count, i, LEVERAGE, exposure, purses.max_leverage[system] * equity, slack)
    needed = value * (limits.margin[i] + limits.costs[i])
    at_most(table, count, i, CASH, needed, sums.free[system], slack)
    total = value
    for k in range(sums.exposure.size):
        total += sums.exposure[k]
    at_most(table, count, i, CAPITAL, total, whole.max_capital, slack)
    tail = tail_of(holdings, orders.units[i], i)
    if math.isfinite(whole.max_var) and not tail <= 0.0:
        var = math.sqrt(grown(sums, links, value * tail, i))
        at_most(table, count, i, VAR, var, whole.max_var * whole.equity, slack + ROUNDING * abs(whole.equity))
    if is_fresh(holdings, i):
        at_most(table, count, i, MOST_POSITIONS, sums.account[POSITIONS] + 1.0, whole.max_positions, 0.0)
        at_most(table, count, i, MOST_TRADES, sums.account[TRADES] + 1.0, whole.max_trades, 0.0)


@compiled
def grown(sums: Sums, links: FloatArray, load: float, i: int) -> float:
    """Square of the value at risk of all with another `load` in row `i`."""
    return float(sums.account[SQUARE] + 2.0 * pull_on(sums, links, i) * load + links[i, i] * load * load)


@compiled
def slack_of(limits: RowLimits, equity: float, price: float, i: int) -> float:
    """What rounding may be off by in row `i`, quote currency."""
    return float(ROUNDING * abs(equity) + LOT_ROUNDING * limits.lot[i] * price)


@compiled
def risk_of(orders: Orders, holdings: Holdings, limits: RowLimits, i: int) -> float:
    """What the order's units lose at their stop, or at their liquidation where that comes first, quote currency."""
    price, units = price_of(orders, holdings, i), orders.units[i]
    distance = lost_share(units, price, stop_of(orders, holdings, i), limits.margin[i] - limits.maintenance[i])
    return float(abs(units) * price * distance)


@compiled
def is_fresh(holdings: Holdings, i: int) -> bool:
    """Whether nothing of row `i` is held or waits."""
    return bool(holdings.units[i] == 0.0 and holdings.waiting[i] == 0.0)
