"""What an order cost beside the price it was decided on."""

from decimal import Decimal

from models.types.wire import WireOrder

BPS = Decimal(10_000)


def slippage_bps(order: WireOrder) -> Decimal | None:
    """Distance of its average price from its reference, basis points, positive is a cost; None where nothing of it was
    filled or its value is not known.
    """
    if not order.filled or not order.value:
        return None
    dearer = order.value / order.filled / order.reference - 1
    return BPS * (dearer if order.is_buy else -dearer)
