"""Market orders fill at the next bar's open, slipped against us, on the tick grid, with the taker fee."""

from models.kernels import ceil_to_step, compiled, floor_to_step


@compiled
def market_fill(
    quantity: float, price: float, cash: float, tick: float, lot: float, fee_rate: float, slippage_rate: float
) -> tuple[float, float, float]:
    """Filled (quantity, price, fee) of a market order at the open `price`.

    A buy that the cash no longer pays for (the open gapped up) is filled for the lots it does pay for, possibly none.
    """
    if quantity > 0.0:
        paid = max(ceil_to_step(price * (1.0 + slippage_rate), tick), tick)
        affordable = floor_to_step(cash / (paid * (1.0 + fee_rate)), lot)
        bought = max(0.0, min(quantity, affordable))
        return bought, paid, bought * paid * fee_rate
    received = floor_to_step(price * (1.0 - slippage_rate), tick)
    received = max(received, tick)
    return quantity, received, -quantity * received * fee_rate
