"""How far back tails look, and how often they look anew."""

import math
from dataclasses import dataclass

from models.types import BadInput

# A correlation of fewer days says nothing.
LEAST_CORRELATION_DAYS = 60


@dataclass(frozen=True, slots=True)
class TailSettings:
    """Attributes, all in days on which the series has a close:
        window_days: returns that a model is fitted to, and residuals that its scenarios are drawn from.
        least_days: returns that must be known before the first fit.
        refit_days: days from one fit to the next.
        correlation_days: returns that a correlation is taken over.

    Raises:
        BadInput: a figure is too small, or the window is shorter than what must be known.
    """

    window_days: int = 1000
    least_days: int = 250
    refit_days: int = 21
    correlation_days: int = 250

    def __post_init__(self) -> None:
        if not 50 <= self.least_days <= self.window_days:
            raise BadInput(
                f"found least_days {self.least_days} and window_days {self.window_days}; give at least 50 days, and a "
                "window that is not shorter"
            )
        if self.refit_days < 1:
            raise BadInput(f"found refit_days {self.refit_days}; give 1 or more")
        if self.correlation_days < LEAST_CORRELATION_DAYS:
            raise BadInput(f"found correlation_days {self.correlation_days}; give {LEAST_CORRELATION_DAYS} or more")


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """Attributes:
        target_volatility: annualised, of one symbol; above it positions shrink.
        correlation_on: average correlation of the book above which they shrink too, by `correlation_share`.
        correlation_off: average correlation below which that ends.
        correlation_share: what is left of a position then, 0..1.
        floor: least factor, 0..1.
        band: how far the wanted factor must be above the one in force before it is raised, 0..1.

    Raises:
        BadInput: a figure is outside of its range.
    """

    target_volatility: float = 0.40
    correlation_on: float = 0.80
    correlation_off: float = 0.70
    correlation_share: float = 0.5
    floor: float = 0.25
    band: float = 0.10

    def __post_init__(self) -> None:
        if not 0.0 < self.target_volatility < math.inf:
            raise BadInput(f"found target_volatility {self.target_volatility}; give a positive number")
        if not -1.0 <= self.correlation_off <= self.correlation_on <= 1.0:
            raise BadInput(
                f"found correlation_off {self.correlation_off} and correlation_on {self.correlation_on}; give -1..1, "
                "and an end that is not above the beginning"
            )
        for name in ("correlation_share", "floor", "band"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise BadInput(f"found {name} {getattr(self, name)}; give a number from 0 to 1")
