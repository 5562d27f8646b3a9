"""What alphas look at."""

from dataclasses import dataclass

from models.features import Features
from models.types import Bars, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class AlphaInputs:
    """`bars` are adjusted for splits, and `features` those of the same bars.

    Attributes:
        imbalance: of the order book as it was known at each bar's close, shape (n_bars,), -1..1, NaN without one.
        news: signal of the headlines as they were known then, shape (n_bars,), -1..1, NaN where none were heard.
    """

    bars: Bars
    features: Features
    imbalance: FloatArray
    news: FloatArray
