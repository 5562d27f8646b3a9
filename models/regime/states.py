"""The hidden states of the Markov model, what is believed of them before anything is seen, and how bars weigh on them.

Five states: a trend up, a trend down (its mirror image), a range, and two loud ones, volatile and crisis. In state k

    size ~ N(mean[k], spread[k]^2),   move ~ N(drift[k] - pull[k] * stretch, noise[k]^2),   gap ~ Bernoulli(gap[k])

Only a trend has a drift of either sign, only a range a pull back to the middle, only a crisis falls. The others' means
are offset from the trend's.
"""

import math
from typing import NamedTuple

import numpy as np

from models.kernels import compiled
from models.regime.detected import CRISIS, RANGING, TRENDING, VOLATILE
from models.regime.observations import Observed
from models.types import FloatArray, IntArray

UP, DOWN, RANGE, LOUD, PANIC = range(5)
STATES = 5
# Regime code of each state.
MEANING: IntArray = np.array([TRENDING, TRENDING, RANGING, VOLATILE, CRISIS])
# Log size relative to the trend's: a range is two thirds of it, volatile bars twice, a crisis 4.5 times.
OFFSET: FloatArray = np.array([0.0, 0.0, -0.4, 0.75, 1.5])
# What keeps the states apart: bounds of that offset.
LEAST_OFFSET: FloatArray = np.array([0.0, 0.0, -1.2, 0.3, 0.9])
MOST_OFFSET: FloatArray = np.array([0.0, 0.0, 0.15, 1.3, 2.5])
# A crisis is louder than volatile bars by this at least.
APART = 0.3
# Spread of a log range: 0.3 for Brownian motion, more where volatility varies.
SPREAD: FloatArray = np.array([0.45, 0.45, 0.45, 0.45, 0.5])
DRIFT: FloatArray = np.array([0.12, -0.12, 0.0, 0.0, -0.05])
LEAST_DRIFT = 0.06
LEAST_FALL = 0.04
PULL = 0.08
LEAST_PULL = 0.02
NOISE = 0.55
GAP: FloatArray = np.array([0.002, 0.002, 0.001, 0.01, 0.1])
LEAST_GAP = 0.03
# Chance that a state lasts one more bar.
STAY = 0.99
# A likelihood ratio in one bar that no single bar may exceed, as a log: one bad print decides nothing.
MOST_SAID = 12.0


class Model(NamedTuple):
    """Columns of shape (5,), one row a state; `steps` (5, 5) is the chance to go from one to another. Filled in place.

    `temper` (1,) is the weight of a bar's size, 0.2..1: sizes of neighbouring bars say the same thing over again.
    """

    mean: FloatArray
    spread: FloatArray
    drift: FloatArray
    pull: FloatArray
    noise: FloatArray
    gap: FloatArray
    steps: FloatArray
    temper: FloatArray


@compiled
def believed(level: float, temper: float) -> Model:
    """The model before anything is seen but a `level` of log sizes."""
    steps = np.full((STATES, STATES), (1.0 - STAY) / (STATES - 1))
    pull = np.zeros(STATES)
    pull[RANGE] = PULL
    mean = np.empty(STATES)
    for k in range(STATES):
        mean[k] = level + OFFSET[k]
        steps[k, k] = STAY
    noise = np.full(STATES, NOISE)
    return Model(mean, SPREAD.copy(), DRIFT.copy(), pull, noise, GAP.copy(), steps, np.full(1, temper))


@compiled
def take_over(model: Model, other: Model) -> None:
    """Make `model` equal to the other one."""
    for k in range(STATES):
        model.mean[k] = other.mean[k]
        model.spread[k] = other.spread[k]
        model.drift[k] = other.drift[k]
        model.pull[k] = other.pull[k]
        model.noise[k] = other.noise[k]
        model.gap[k] = other.gap[k]
        for j in range(STATES):
            model.steps[k, j] = other.steps[k, j]
    model.temper[0] = other.temper[0]


@compiled
def weigh(seen: Observed, model: Model, out: FloatArray) -> FloatArray:
    """Write the likelihood of every bar in every state into `out` (n, 5), relative to the bar's best; return the logs
    of those, shape (n,). A bar that did not move says nothing.
    """
    best = np.zeros(seen.size.size)
    offset = np.empty((2, STATES))
    for k in range(STATES):
        common = -model.temper[0] * math.log(model.spread[k]) - math.log(model.noise[k])
        offset[0, k] = common + math.log(1.0 - model.gap[k])
        offset[1, k] = common + math.log(model.gap[k])
    for t in range(best.size):
        if math.isnan(seen.size[t]):
            for k in range(STATES):
                out[t, k] = 1.0
            continue
        gap = 1 if seen.gap[t] > 0.0 else 0
        most = -math.inf
        for k in range(STATES):
            size = (seen.size[t] - model.mean[k]) / model.spread[k]
            move = (seen.move[t] - model.drift[k] + model.pull[k] * seen.stretch[t]) / model.noise[k]
            out[t, k] = offset[gap, k] - 0.5 * (model.temper[0] * size * size + move * move)
            most = max(most, out[t, k])
        for k in range(STATES):
            out[t, k] = math.exp(max(out[t, k] - most, -MOST_SAID))
        best[t] = most
    return best


@compiled
def advance(belief: FloatArray, steps: FloatArray, likelihood: FloatArray, room: FloatArray) -> float:
    """One bar of Hamilton's filter (1989): `belief` (5,) is carried on in place; returns the bar's own likelihood."""
    total = 0.0
    for j in range(STATES):
        came = 0.0
        for i in range(STATES):
            came += belief[i] * steps[i, j]
        room[j] = came * likelihood[j]
        total += room[j]
    for j in range(STATES):
        belief[j] = room[j] / total
    return total
