"""A closed position, and the figures of many."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.types import BadInput, FloatArray


@dataclass(frozen=True, slots=True)
class Trade:
    """One closed (part of a) position: a position left in three parts is three trades.

    Attributes:
        symbol: what was held.
        entered: open of the bar in which it was entered, UTC microseconds.
        exited: open of the bar in which this part was left, UTC microseconds.
        quantity: base units closed, negative for a short.
        entry_price: mean price of entry, quote currency.
        exit_price: price of exit, quote currency.
        profit: what it earned after all fees, account currency.
        costs: fees and slippage of this part, its share of the entry's included, account currency.
        leg: by what it was left: exit, stop, target, partial or liquidation.
        reason: why it was left, a lower-case name.
        system: name of the trading system that entered it.
        specialist: name of the specialist that held it.
        regime: regime at the entry, a lower-case name.
        model: version of the model behind the entry.
    """

    symbol: str
    entered: int
    exited: int
    quantity: float
    entry_price: float
    exit_price: float
    profit: float
    costs: float
    leg: str
    reason: str
    system: str
    specialist: str
    regime: str
    model: str


def profits_of(trades: Iterable[Trade]) -> FloatArray:
    """Profit of each trade, account currency, shape (n_trades,).

    Raises:
        BadInput: a profit is no finite number.
    """
    profits = np.array([trade.profit for trade in trades], dtype=np.float64)
    strange = np.flatnonzero(~np.isfinite(profits))
    if strange.size:
        first = int(strange[0])
        raise BadInput(
            f"trade {first} has a profit of {profits[first]}; every closed trade needs a finite one: "
            "look at the prices of its fills"
        )
    return profits


def win_rate(profits: FloatArray) -> float | None:
    """Share of the trades with a profit above zero, 0..1; None without a trade."""
    return float((profits > 0.0).mean()) if profits.size else None


def profit_factor(profits: FloatArray) -> float | None:
    """Sum of the gains over the sum of the losses; None when no trade lost."""
    losses = -float(profits[profits < 0.0].sum())
    return gains(profits) / losses if losses > 0.0 else None


def gains(profits: FloatArray) -> float:
    """Sum of the profits above zero, account currency."""
    return float(profits[profits > 0.0].sum())


def average(profits: FloatArray) -> float | None:
    """Mean profit of a trade, account currency; None without a trade."""
    return float(profits.mean()) if profits.size else None
