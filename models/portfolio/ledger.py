"""What fills, corporate actions and the passing of days do to cash and position.

Held by every one of them, up to the rounding of a float: cash + cost of the open positions = capital + realised - carry
+ income.
"""

from models.kernels import compiled, floor_to_step, nearest_step


@compiled
def apply_fill(
    cash: float, quantity: float, cost: float, fill_quantity: float, price: float, fee: float, lot: float
) -> tuple[float, float, float, float]:
    """New (cash, quantity, cost, realised) after a fill that opens, adds to, or reduces a position, never turns it.

    `cost` is what the open position was bought for, fees included (quote currency; negative for a short: what its sale
    brought after fees). A fill that reduces takes its share of it along, and `realised` is what it earned after all
    fees; zero for a fill that opens.
    """
    cash = cash - fill_quantity * price - fee
    held = nearest_step(quantity + fill_quantity, lot)
    if quantity == 0.0 or (quantity > 0.0) == (fill_quantity > 0.0):
        return cash, held, cost + fill_quantity * price + fee, 0.0
    gone = cost if held == 0.0 else cost * (-fill_quantity / quantity)
    return cash, held, cost - gone, -fill_quantity * price - fee - gone


@compiled
def split_shares(quantity: float, cost: float, last: float, ratio: float, lot: float) -> tuple[float, float, float]:
    """New (quantity, cost, cash in lieu) of a position after a split of `ratio` new units for an old one.

    Fractions below the lot are paid out at the last close, adjusted for the split (a short pays for its fraction); they
    take their share of the cost along: what is realised is the cash less that share.
    """
    whole = quantity * ratio
    kept = floor_to_step(abs(whole), lot)
    held = kept if quantity > 0.0 else -kept
    in_lieu = (whole - held) * last / ratio
    return held, cost * (held / whole), in_lieu


@compiled
def carry_cost(quantity: float, last: float, days: float, long_rate: float, short_rate: float) -> float:
    """Funding or borrow cost of holding a position over `days` midnights, at its last close; negative is received."""
    rate = long_rate if quantity > 0.0 else short_rate
    return abs(quantity) * last * rate * days
