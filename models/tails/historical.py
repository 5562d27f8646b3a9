"""Value at risk and expected shortfall of equally likely scenarios.

With n losses in descending order and the tail's mass m = n (1 - confidence), value at risk is loss number floor(m) + 1,
the lower quantile of the losses (McNeil, Frey and Embrechts, "Quantitative Risk Management", 2015, section 2.2);
expected shortfall is the mean of the worst m, the last of them in part (Acerbi and Tasche, "On the coherence of
expected shortfall", Journal of Banking and Finance 26, 2002): it is coherent, and never below the value at risk.
"""

import math
from typing import NamedTuple

import numpy as np

from models.kernels import compiled
from models.types import BadInput, FloatArray

# A mass this close to a whole number, for each scenario, is one: 0.01 x 1000 is 10.
NEAR = 1e-12


class Tail(NamedTuple):
    """`var`: value at risk, `es`: expected shortfall (CVaR); losses, positive when money is lost."""

    var: float
    es: float


def historical(returns: FloatArray, confidence: float) -> Tail:
    """The tail of a long position with these simple returns, shape (n,), finite; a short one has those of `-returns`.

    Raises:
        BadInput: there is no return, or the confidence is not between 0 and 1.
    """
    require_confidence(confidence)
    if not returns.size:
        raise BadInput("found no return; give at least one")
    return Tail(*lower_tail(np.sort(returns), confidence))


def require_confidence(confidence: float) -> None:
    """Make sure that the confidence is a probability below one and above zero.

    Raises:
        BadInput: it is not.
    """
    if not 0.0 < confidence < 1.0:
        raise BadInput(f"found confidence {confidence}; give a number between 0 and 1, as 0.95")


@compiled
def lower_tail(ascending: FloatArray, confidence: float) -> tuple[float, float]:
    """Value at risk and expected shortfall of returns in ascending order."""
    mass, whole = tail_mass(ascending.size, confidence)
    lost = 0.0
    for k in range(whole):
        lost -= ascending[k]
    return -ascending[whole], (lost - (mass - whole) * ascending[whole]) / mass


@compiled
def upper_tail(ascending: FloatArray, confidence: float) -> tuple[float, float]:
    """The same for a short position."""
    mass, whole = tail_mass(ascending.size, confidence)
    last = ascending.size - 1
    lost = 0.0
    for k in range(whole):
        lost += ascending[last - k]
    return ascending[last - whole], (lost + (mass - whole) * ascending[last - whole]) / mass


@compiled
def tail_mass(count: int, confidence: float) -> tuple[float, int]:
    """How many of so many scenarios make the tail, and the whole ones of them."""
    mass = count * (1.0 - confidence)
    nearest = math.floor(mass + 0.5)
    if abs(mass - nearest) <= NEAR * count and nearest > 0:
        mass = float(nearest)
    return mass, min(count - 1, math.floor(mass))
