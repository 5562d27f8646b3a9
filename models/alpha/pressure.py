"""Pressure: the heavier side of the order book pushes the price away from it."""

from models.alpha.inputs import AlphaInputs
from models.types import FloatArray

# Points at which all of the book is on one side.
FULL = 25.0


def pressure(inputs: AlphaInputs) -> FloatArray:
    """25 * (bid - ask) / (bid + ask) of the quantities in the book, shape (n_bars,), -25..25.

    NaN where no book was known at the bar's close. Source: Cao, Hansch and Wang (2009), The information content of an
    open limit-order book, Journal of Futures Markets 29(1).
    """
    return FULL * inputs.imbalance
