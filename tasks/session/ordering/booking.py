"""What a venue did with a book's orders, as fills that the fold books: in lots, in quote currency, by bar and row."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from models.engine import GivenFill
from models.orders import floored
from models.types import IntArray, Leg
from models.types.wire import Role, VenueTrade, WireOrder

LEGS = {
    Role.EXIT: Leg.EXIT,
    Role.FLATTEN: Leg.EXIT,
    Role.STOP: Leg.STOP,
    Role.TARGET: Leg.TARGET,
    Role.PARTIAL: Leg.PARTIAL,
}
Trade = tuple[VenueTrade, WireOrder]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the book as fills meet it.

    Attributes:
        number: in the order of the book's rows.
        base, quote: assets of the symbol.
        lot: the book's quantity step.
        taker_fee: fraction, what a fee in a third asset is valued at: its own price is not known here.
        held, ordered: base units before the fills, signed.
    """

    number: int
    system: str
    symbol: str
    base: str
    quote: str
    lot: Decimal
    taker_fee: Decimal
    held: float
    ordered: float


def given_fills(row: Row, trades: Sequence[Trade], ts: IntArray) -> list[GivenFill]:
    """The fills of one row, in the order they happened, each in the bar of `ts` (opens, UTC microseconds) it fell into.

    In one bar the slices of an order are one fill, and so is all that left for one reason: the journal knows a fill by
    its order, bar and leg. What comes to a position that is there already is added to it.
    """
    groups: dict[tuple[int, str, str], list[Trade]] = {}
    for trade, order in trades:
        whose = ("", order.parent) if order.role.opens else (LEGS[order.role].name, "")
        groups.setdefault((bar_of(trade.at, ts), *whose), []).append((trade, order))
    found: list[GivenFill] = []
    held = row.held
    for (t, _, _), group in groups.items():
        fill = _merged(row, t, _leg(group[0][1].role, held), group)
        held += fill.quantity
        found.append(fill)
    return found


def bar_of(at: int, ts: IntArray) -> int:
    """Row of the bar that a moment falls into: of the first for what came before it."""
    return max(int(np.searchsorted(ts, at, side="right")) - 1, 0)


def _leg(role: Role, held: float) -> Leg:
    if role.opens:
        return Leg.ENTRY if held == 0.0 else Leg.ADD
    return LEGS[role]


def _merged(row: Row, t: int, leg: Leg, group: Sequence[Trade]) -> GivenFill:
    """One fill of them all; where fees in base left less than a lot the order is over and has cost what was paid."""
    units = sum((trade.quantity for trade, _ in group), Decimal(0))
    value = sum((trade.quantity * trade.price for trade, _ in group), Decimal(0))
    price, side = value / units, 1 if group[0][0].is_buy else -1
    in_base = sum((trade.fee for trade, _ in group if trade.fee_asset == row.base), Decimal(0))
    fee = sum((_fee(row, trade) for trade, _ in group), Decimal(0))
    net = units
    if side > 0 and in_base:
        # What is below a lot can never be sold by an order of ours: it is part of what the buying cost.
        net = floored(units - in_base, row.lot)
        fee += (units - net) * price
    elif in_base:
        fee += in_base * price
    if net <= 0:
        return GivenFill(t, row.number, Leg.EXPIRED, 0.0, 0.0, float(fee), 0.0)
    slip = sum((side * (trade.price - order.reference) * trade.quantity for trade, order in group), Decimal(0))
    return GivenFill(t, row.number, leg, float(side * net), float(price), float(fee), float(slip))


def _fee(row: Row, trade: VenueTrade) -> Decimal:
    """In quote currency, but for what was taken in base."""
    if trade.fee_asset == row.quote:
        return trade.fee
    if trade.fee_asset == row.base or not trade.fee:
        return Decimal(0)
    return trade.quantity * trade.price * row.taker_fee
