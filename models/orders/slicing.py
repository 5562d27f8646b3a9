"""Cutting a large order into smaller ones."""

from decimal import ROUND_CEILING, Decimal


def sliced(
    quantity: Decimal, price: Decimal, most: Decimal, lot: Decimal, min_notional: Decimal
) -> tuple[Decimal, ...]:
    """Slices of `quantity` (a multiple of `lot`) as equal as the grid allows, the larger first; their sum is the
    quantity, to the last digit.

    As few as keep each worth at most `most` at `price`; but a slice is one lot at least, and where `most` is less than
    the venue's smallest order, as many as are worth `min_notional`. A quantity that is worth less stays whole: whether
    it can be ordered at all is asked elsewhere.

    Raises:
        ValueError: the quantity is no positive multiple of the lot.

    >>> [str(one) for one in sliced(Decimal("0.25"), Decimal(100), Decimal(10), Decimal("0.01"), Decimal(5))]
    ['0.09', '0.08', '0.08']
    """
    lots = quantity / lot
    if lots <= 0 or lots != lots.to_integral_value():
        raise ValueError(f"found a quantity of {quantity}; a slice is a positive multiple of the lot {lot}: floor it")
    worth = lot * price
    per_slice = max(int(most / worth), 1)
    least = int((min_notional / worth).to_integral_value(rounding=ROUND_CEILING))
    count = -(-int(lots) // per_slice)
    count = max(min(count, int(lots) // max(least, 1)), 1)
    size, more = divmod(int(lots), count)
    return tuple((size + (k < more)) * lot for k in range(count))
