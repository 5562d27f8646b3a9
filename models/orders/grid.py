"""Decimal figures on a venue's grid, exactly."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def floored(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of `step` not above `value`; a step of zero is no grid.

    >>> floored(Decimal("0.0789"), Decimal("0.01"))
    Decimal('0.07')
    """
    return _stepped(value, step, ROUND_FLOOR)


def ceiled(value: Decimal, step: Decimal) -> Decimal:
    """Smallest multiple of `step` not below `value`; a step of zero is no grid.

    >>> ceiled(Decimal("100.001"), Decimal("0.01"))
    Decimal('100.01')
    """
    return _stepped(value, step, ROUND_CEILING)


def _stepped(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    if not step:
        return value
    return int((value / step).to_integral_value(rounding=rounding)) * step
