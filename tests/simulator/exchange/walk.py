"""What an order at market would take from a book, before it takes it."""

from decimal import Decimal

from exchange.book import Side
from exchange.orders import ZERO


def cost_of(side: Side, quantity: Decimal, limit: Decimal | None = None) -> tuple[Decimal, Decimal]:
    """How much of the quantity can be had up to the limit, and the quote amount it comes to."""
    left, quote = quantity, ZERO
    for price, offered in side.levels():
        if left <= 0 or not side.reaches(price, limit):
            break
        taken = min(left, offered)
        left -= taken
        quote += taken * price
    return quantity - left, quote


def quantity_for(side: Side, quote: Decimal, lot: Decimal) -> Decimal:
    """The most whole lots whose price is not above `quote`."""
    left, quantity = quote, ZERO
    for price, offered in side.levels():
        taken = min(offered, left // (price * lot) * lot)
        quantity += taken
        left -= taken * price
        if taken < offered:
            break
    return quantity
