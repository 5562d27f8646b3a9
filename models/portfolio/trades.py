"""A round trip."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """A closed (part of a) position: opens of the entry's and exit's fill bars in microseconds, base-unit quantity,
    prices and fees in quote currency, `profit` after all fees.
    """

    symbol: str
    entered: int
    exited: int
    quantity: float
    entry_price: float
    exit_price: float
    profit: float
