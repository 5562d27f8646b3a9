"""Where the middle nine tenths of many drawn figures lie."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray

# Nine in ten drawn figures lie between the first and the last.
PERCENTS = (5.0, 50.0, 95.0)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """5th, 50th and 95th percentile of drawn figures, and the figure as it was."""

    low: float
    median: float
    high: float
    figure: float


def quantiles_of(drawn: FloatArray, figure: float) -> Quantiles:
    """Of figures (n_drawn,), linear between values."""
    low, median, high = np.percentile(drawn, PERCENTS)
    return Quantiles(float(low), float(median), float(high), figure)
