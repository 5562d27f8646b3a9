"""What a venue asks of an order, and what it charges."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """Trading rules of one symbol.

    Attributes:
        tick: price step, quote currency.
        lot: quantity step, base units.
        min_notional: smallest order value, quote currency.
        fee_rate: taker fee, fraction of the notional.
        slippage_rate: expected distance of a market fill from the bar's open, fraction of the price.
        class_limit: largest position of its asset class, fraction of equity.
    """

    tick: float
    lot: float
    min_notional: float
    fee_rate: float
    slippage_rate: float
    class_limit: float
