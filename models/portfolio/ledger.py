"""What a fill does to cash and position. Long only until the fills of shorts are modelled."""

from models.kernels import compiled


@compiled
def apply_fill(
    cash: float, quantity: float, cost: float, fill_quantity: float, price: float, fee: float
) -> tuple[float, float, float, float]:
    """New (cash, quantity, cost, realised) after a fill.

    `cost` is what the open position was bought for, entry fees included (quote currency); a sale takes its share of it
    along. `realised` is the profit of a sale after all fees, zero for a buy.
    """
    cash = cash - fill_quantity * price - fee
    if fill_quantity > 0.0:
        return cash, quantity + fill_quantity, cost + fill_quantity * price + fee, 0.0
    left = quantity + fill_quantity
    gone = cost if left == 0.0 else cost * (-fill_quantity / quantity)
    return cash, left, cost - gone, -fill_quantity * price - fee - gone
