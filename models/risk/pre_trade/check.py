"""All checks of all orders, in the order of their rows, each beside what is held, what waits and the orders before it.

Held and waiting units, and the orders before, count at the last close; an order at its own price. An order that only
reduces a position is held against nothing but its own soundness: exits never stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.risk.pre_trade.bounds import check_permission, check_room, check_size, grown, is_fresh
from models.risk.pre_trade.codes import Check
from models.risk.pre_trade.inputs import Holdings, Orders, Purses, RowLimits, Whole
from models.risk.pre_trade.soundness import check_soundness, is_number, reduces, stop_of
from models.risk.pre_trade.sums import (
    POSITIONS,
    ROUNDING,
    SQUARE,
    TRADES,
    Sums,
    add,
    load_of,
    note,
    sums_before,
    tail_of,
)
from models.types import Damaged, FloatArray, IntArray

BALANCE = int(Check.BALANCE)
# A finding of every check but BALANCE, and a second tick: the most of one order.
MOST = len(Check)


@dataclass(frozen=True, slots=True)
class Account:
    """What is held and what bounds it: see the parts.

    Attributes:
        systems: shape (n_rows,), the system of each row.
        links: shape (n_rows, n_rows), correlations of daily returns; hedges get no credit.
    """

    holdings: Holdings
    limits: RowLimits
    purses: Purses
    whole: Whole
    systems: IntArray
    links: FloatArray


@dataclass(frozen=True, slots=True)
class Violation:
    """An order beyond a limit.

    Attributes:
        row: of the book; the number of the system where `check` is BALANCE.
        found, allowed: in the units of the check; for a smallest size and value, both negative.
    """

    row: int
    check: Check
    found: float
    allowed: float

    def __str__(self) -> str:
        return f"row {self.row}: {self.check.text} (found {abs(self.found):.10g}, allowed {abs(self.allowed):.10g})"


def check_orders(orders: Orders, account: Account) -> tuple[Violation, ...]:
    """Every violation, by row; nothing when the orders are sound."""
    table = _checked(
        orders,
        account.holdings,
        account.limits,
        account.purses,
        account.whole,
        account.systems,
        account.links,
    )
    return tuple(
        Violation(int(row), Check(int(check)), found, allowed) for row, check, found, allowed in table.tolist()
    )


def require_sound(violations: Sequence[Violation], names: Sequence[str]) -> None:
    """Nothing, when there are no violations; `names` says of each row what it is.

    Raises:
        Damaged: there are some.
    """
    if not violations:
        return
    shown = "; ".join(f"{'system' if one.check is Check.BALANCE else names[one.row]}: {one}" for one in violations)
    raise Damaged(
        f"the check before the trade found {len(violations)} orders or balances beyond their limits ({shown}); nothing "
        "was recorded: stop trading, keep the journal, and report this"
    )


@compiled
def _checked(
    orders: Orders,
    holdings: Holdings,
    limits: RowLimits,
    purses: Purses,
    whole: Whole,
    systems: IntArray,
    links: FloatArray,
) -> FloatArray:
    """Violations as rows (row, Check code, found, allowed), shape (n_found, 4)."""
    rows = systems.size
    table, count = np.empty((rows * MOST + purses.equity.size, 4)), np.zeros(1, np.int64)
    sums = sums_before(holdings, limits, purses, systems, links, whole.trades)
    check_balances(holdings, purses, systems, table, count)
    for i in range(rows):
        if orders.units[i] == 0.0 or not is_number(orders, holdings, table, count, i):
            continue
        check_soundness(orders, holdings, limits, whole.collar, table, count, i)
        if not reduces(orders, holdings, i):
            system = systems[i]
            check_permission(orders, limits, purses, whole, system, table, count, i)
            check_size(orders, holdings, limits, purses, system, table, count, i)
            check_room(orders, holdings, limits, purses, whole, sums, system, links, table, count, i)
            count_in(orders, holdings, limits, sums, system, links, i)
    return table[: count[0]]


@compiled
def check_balances(holdings: Holdings, purses: Purses, systems: IntArray, table: FloatArray, count: IntArray) -> None:
    """Whether each system's equity is its cash and its positions at their last closes."""
    for system in range(purses.equity.size):
        marked, size = purses.cash[system], abs(purses.cash[system])
        for i in range(systems.size):
            if systems[i] == system and holdings.units[i] != 0.0:
                marked += holdings.units[i] * holdings.close[i]
                size += abs(holdings.units[i] * holdings.close[i])
        if not abs(purses.equity[system] - marked) <= ROUNDING * size:
            note(table, count, system, BALANCE, purses.equity[system], marked)


@compiled
def count_in(
    orders: Orders,
    holdings: Holdings,
    limits: RowLimits,
    sums: Sums,
    system: int,
    links: FloatArray,
    i: int,
) -> None:
    """Count the order of row `i` into the sums for those after it."""
    units, close = orders.units[i], holdings.close[i]
    sums.account[SQUARE] = grown(sums, links, load_of(abs(units) * close, tail_of(holdings, units, i)), i)
    bound = limits.margin[i] + limits.costs[i]
    add(sums, holdings, system, i, units, close, stop_of(orders, holdings, i), bound)
    if is_fresh(holdings, i):
        sums.account[POSITIONS] += 1.0
        sums.account[TRADES] += 1.0
