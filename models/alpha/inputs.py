"""What alphas look at."""

from dataclasses import dataclass

from models.features import Features
from models.types import Bars, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class AlphaInputs:
    """`bars` are adjusted for splits, and `features` those of the same bars.

    `imbalance`, shape (n_bars,), is that of the order book as it was known at each bar's close, -1..1, NaN without one.
    """

    bars: Bars
    features: Features
    imbalance: FloatArray
