"""An account with orders that every check before a trade lets pass, and copies of it with a figure or two changed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.risk.pre_trade import Account, Holdings, Orders, Purses, RowLimits, Violation, Whole, check_orders


@dataclass(frozen=True)
class Case:
    """Orders, and the account they are for."""

    orders: Orders
    account: Account

    def violations(self) -> tuple[Violation, ...]:
        return check_orders(self.orders, self.account)

    def changed(self, **figures: float | Mapping[int, float]) -> "Case":
        """A copy with other figures, by `part_name`: one figure for the account, or by row (or system)."""
        case = self
        for name, value in figures.items():
            part, _, field = name.partition("_")
            case = _set(case, part, field, value)
        return case


def _set(case: Case, part: str, field: str, value: Any) -> Case:
    if part == "links":
        return replace(case, account=replace(case.account, links=value))
    held: Any = case.orders if part == "orders" else getattr(case.account, part)
    if isinstance(value, Mapping):
        column = getattr(held, field).copy()
        for row, one in value.items():
            column[row] = one
        value = column
    new = held._replace(**{field: value})
    if part == "orders":
        return replace(case, orders=new)
    return replace(case, account=replace(case.account, **{part: new}))


def sound_case() -> Case:
    """Two systems of 10,000 each; row 0 is empty, row 1 holds 10 at 100 with a stop at 95, row 2 is the other system's
    and empty. A buy of 8 units at 100 with a stop at 97 is ordered in row 0, a sale of 10 in row 1.
    """
    return Case(
        Orders(units=row(8.0, -10.0, 0.0), limit=row(0, 0, 0), stop=row(97.0, 0, 0), by_weight=row(0, 0, 0)),
        Account(
            Holdings(
                units=row(0, 10.0, 0),
                stop=row(0, 95.0, 0),
                waiting=row(0, 0, 0),
                close=row(100.0, 100.0, 50.0),
                reference=row(100.0, 100.0, 50.0),
                tail_long=row(0.05, 0.05, 0.05),
                tail_short=row(0.06, 0.06, 0.06),
            ),
            RowLimits(
                class_limit=row(1.0, 1.0, 1.0),
                least_size=row(0, 0, 0),
                lot=row(0.01, 0.01, 0.01),
                tick=row(0.1, 0.1, 0.1),
                min_notional=row(5.0, 5.0, 5.0),
                margin=row(1.0, 1.0, 1.0),
                maintenance=row(0, 0, 0),
                costs=row(0.0012, 0.0012, 0.0012),
                shorts=row(0, 0, 0),
                gate=row(0, 0, 0),
            ),
            Purses(
                equity=row(10_000.0, 10_000.0),
                cash=row(9_000.0, 10_000.0),
                max_position=row(1.0, 1.0),
                max_position_risk=row(1.0, 1.0),
                max_portfolio_risk=row(1.0, 1.0),
                max_leverage=row(2.0, 2.0),
                paused=row(0, 0),
            ),
            Whole(20_000.0, math.inf, math.inf, math.inf, math.inf, 0.0, 0.0, 0.2),
            np.array([0, 0, 1], np.int64),
            np.ones((3, 3)),
        ),
    )


def row(*figures: float) -> np.ndarray:
    """A column of the book."""
    return np.array(figures, np.float64)


def many_positions(count: int, ordered: int, seed: int = 0) -> Case:
    """A sound book of `count` positions in two systems, in half of which nothing is held yet, with `ordered` orders."""
    rng = np.random.default_rng(seed)
    close = np.round(rng.uniform(20.0, 200.0, count), 2)
    fresh = np.arange(count) % 2 == 0
    systems = (np.arange(count) >= count // 2).astype(np.int64)
    lots = np.floor(rng.uniform(100.0, 1000.0, count) / close / 0.001) * 0.001
    units = np.where(fresh, 0.0, lots)
    wanted = np.where(np.arange(count) < ordered, np.where(fresh, lots, -lots), 0.0)
    stop = np.round(close * 0.97, 2)
    values = np.array([float(np.sum((units * close)[systems == one])) for one in (0, 1)])
    tails, draws = rng.uniform(0.02, 0.06, count), rng.normal(size=(count, 200))
    one, none = np.ones(count), np.zeros(count)
    return Case(
        Orders(wanted, none, np.where(fresh & (wanted != 0.0), stop, 0.0), none),
        Account(
            Holdings(units, np.where(fresh, 0.0, stop), none, close, close, tails, tails * 1.1),
            RowLimits(one, none, one * 0.001, one * 0.01, one, one, none, one * 0.0012, none, none),
            Purses(
                np.full(2, 1e5),
                1e5 - values,
                np.ones(2),
                np.full(2, 0.01),
                np.full(2, 0.5),
                np.full(2, 2.0),
                np.zeros(2),
            ),
            Whole(2e5, 0.2, math.inf, 60.0, 60.0, 0.0, 0.0, 0.2),
            systems,
            np.corrcoef(draws),
        ),
    )
