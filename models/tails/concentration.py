"""How a book's values stand beside each other."""

import math
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray


@dataclass(frozen=True, slots=True)
class Shape:
    """Attributes:
    gross: sum of absolute position values, money.
    net: sum of signed ones.
    concentration: Herfindahl index of absolute values, 1 / n (all alike) to 1 (one position); NaN without any.
    effective: how many positions of the same size would be as concentrated; 0.0 without any.
    average_correlation: of the held positions, each pair weighed by its values, opposite sides with the other
        sign, -1..1; NaN below two.
    """

    gross: float
    net: float
    concentration: float
    effective: float
    average_correlation: float


def shape_of(values: FloatArray, correlation: FloatArray) -> Shape:
    """Of signed position values (n,) whose returns have this correlation (n, n)."""
    gross = float(np.abs(values).sum())
    if gross <= 0.0:
        return Shape(0.0, 0.0, math.nan, 0.0, math.nan)
    shares = values / gross
    sizes = np.abs(shares)
    concentration = float((sizes * sizes).sum())
    others = 1.0 - np.eye(values.size)
    pairs, together = float(sizes @ others @ sizes), float(shares @ (others * correlation) @ shares)
    average = together / pairs if pairs > 0.0 else math.nan
    return Shape(gross, float(values.sum()), concentration, 1.0 / concentration, average)
