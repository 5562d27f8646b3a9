"""Regimes in a random order: the same spells, as long and as many, none of them at its time."""

import numpy as np

from models.kernels import compiled
from models.regime import spells
from models.types import IntArray

# Exchanges that are tried for each spell; most of them are made.
ROUNDS = 20


def shuffled(label: IntArray, generator: np.random.Generator) -> IntArray:
    """The spells of `label` (n,), with their lengths, in a random order in which no two of one regime meet: so the
    shares of the regimes, the number of switches and the lengths of the spells stay what they are.

    The order is a walk through all such orders by exchanges of two spells (Metropolis et al., "Equation of State
    Calculations by Fast Computing Machines", Journal of Chemical Physics 21(6), 1953, every order being as likely).
    """
    found = spells(label)
    count = found.regime.size
    if count < 2:
        return label.copy()
    order = np.arange(count)
    _exchange(found.regime, order, generator.integers(0, count, (ROUNDS * count, 2)))
    return np.repeat(found.regime[order], found.bars[order])


@compiled
def _exchange(regime: IntArray, order: IntArray, pairs: IntArray) -> None:
    """Exchange two spells where that lets no two of one regime meet; writes `order`."""
    for k in range(pairs.shape[0]):
        one, other = pairs[k, 0], pairs[k, 1]
        order[one], order[other] = order[other], order[one]
        if _meets(regime, order, one) or _meets(regime, order, other):
            order[one], order[other] = order[other], order[one]


@compiled
def _meets(regime: IntArray, order: IntArray, place: int) -> bool:
    own = regime[order[place]]
    if place > 0 and regime[order[place - 1]] == own:
        return True
    return place + 1 < order.size and regime[order[place + 1]] == own
