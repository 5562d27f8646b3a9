"""From a score to a probability."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Odds:
    """P(rise) = 1 / (1 + exp(-(slope * score + offset))); a slope of zero says the base rate whatever the score."""

    slope: float
    offset: float
