"""Decimals without a digit lost; only where something is divided is it rounded, and there on purpose."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

# Of money; whatever is valued is rounded to it once.
QUANTUM = Decimal("1e-10")
DIGITS = 400
# A result that needs more digits than there are is an error here, never a rounded figure.
EXACT = Context(prec=DIGITS, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
ROUNDING = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


def rounded(figure: Decimal) -> Decimal:
    """Money in its steps, half to even."""
    return figure.quantize(QUANTUM, context=ROUNDING)


def prorated(whole: Decimal | None, part: Decimal, of: Decimal) -> Decimal | None:
    """What `part` of `of` units has of the money `whole`; None where that is not known, all of it for all units.

    >>> prorated(Decimal(1), Decimal(1), Decimal(3))
    Decimal('0.3333333333')
    """
    if whole is None or part == of:
        return whole
    return rounded(ROUNDING.divide(ROUNDING.multiply(whole, part), of))
