"""Figures and times of a venue's raw rows: decimals as they are written, and nothing that is no number."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from models.types import to_micros


def figure(said: object) -> Decimal:
    """The finite number that a venue wrote, as text or as a JSON number.

    >>> figure("0.10"), figure(100.25)
    (Decimal('0.10'), Decimal('100.25'))

    Raises:
        ValueError: it is none.
    """
    if isinstance(said, str | int | float) and not isinstance(said, bool):
        try:
            found = Decimal(str(said))
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise ValueError("a figure that is no number")


def figure_or_zero(said: object) -> Decimal:
    """The number, 0 where the venue leaves it empty.

    Raises:
        ValueError: it is something else.
    """
    return Decimal(0) if said is None or said == "" else figure(said)


def micros(said: str) -> int:
    """UTC microseconds of a time such as 2023-11-14T22:13:20.123456789Z.

    Raises:
        ValueError: it is no time, or has no zone.
    """
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return to_micros(moment)


def micros_of_seconds(said: object) -> int:
    """UTC microseconds of seconds since 1970, with a fraction.

    Raises:
        ValueError: it is no number.
    """
    return int(figure(said) * 1_000_000)


def plain(value: Decimal) -> str:
    """As it goes to a venue: no exponent, no zeros at the end.

    >>> plain(Decimal("1E+1")), plain(Decimal("0.0500"))
    ('10', '0.05')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def step(digits: object) -> Decimal:
    """The step of so many digits behind the point.

    >>> step("2")
    Decimal('0.01')

    Raises:
        ValueError: it is no number.
    """
    return Decimal(1).scaleb(-int(figure(digits)))
