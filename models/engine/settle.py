"""Filling what was ordered: the one place where a fill meets the state."""

import math

from models.engine.parameters import FEE_RATE, LOT, SLIPPAGE_RATE, TICK
from models.engine.state import CASH, COST, COSTS, ENTRY, PENDING, QUANTITY
from models.execution import market_fill
from models.kernels import compiled
from models.portfolio import apply_fill
from models.types import FloatArray


@compiled
def order_fill(
    account: FloatArray, book: FloatArray, symbol: int, open_price: float, instruments: FloatArray
) -> tuple[float, float, float]:
    """What the pending order of `symbol` fills at `open_price`: (quantity, price, fee). Writes nothing."""
    rules = instruments[symbol]
    return market_fill(
        book[symbol, PENDING],
        open_price,
        account[CASH],
        rules[TICK],
        rules[LOT],
        rules[FEE_RATE],
        rules[SLIPPAGE_RATE],
    )


@compiled
def book_fill(
    account: FloatArray,
    book: FloatArray,
    symbol: int,
    quantity: float,
    price: float,
    fee: float,
    open_price: float,
) -> float:
    """Enter a fill into the state and close the pending order; returns the profit that a sale realised.

    A quantity of zero closes the order without a fill. The distance from `open_price` counts as slippage.
    """
    book[symbol, PENDING] = 0.0
    if quantity == 0.0:
        return 0.0
    cash, held, cost, realised = apply_fill(
        account[CASH], book[symbol, QUANTITY], book[symbol, COST], quantity, price, fee
    )
    account[CASH] = cash
    account[COSTS] = account[COSTS] + fee + abs(quantity) * abs(price - open_price)
    book[symbol, QUANTITY] = held
    book[symbol, COST] = cost
    if quantity > 0.0:
        book[symbol, ENTRY] = price
    return realised


@compiled
def settle(
    account: FloatArray, book: FloatArray, symbol: int, open_price: float, instruments: FloatArray
) -> tuple[float, float, float, float]:
    """Fill the pending order of `symbol` at `open_price`; returns (quantity, price, fee, realised), zeros without one.

    Nothing happens while the open is missing or not positive: the order waits for the next bar.
    """
    if book[symbol, PENDING] == 0.0 or not (math.isfinite(open_price) and open_price > 0.0):
        return 0.0, 0.0, 0.0, 0.0
    quantity, price, fee = order_fill(account, book, symbol, open_price, instruments)
    realised = book_fill(account, book, symbol, quantity, price, fee, open_price)
    return quantity, price, fee, realised
