"""The Markov model that past bars and the prior speak for together, given how likely each state was at each bar."""

import math

import numpy as np

from models.kernels import compiled
from models.regime.observations import Observed
from models.regime.states import (
    APART,
    DOWN,
    DRIFT,
    GAP,
    LEAST_DRIFT,
    LEAST_FALL,
    LEAST_GAP,
    LEAST_OFFSET,
    LEAST_PULL,
    LOUD,
    MOST_OFFSET,
    NOISE,
    OFFSET,
    PANIC,
    PULL,
    RANGE,
    SPREAD,
    STATES,
    STAY,
    UP,
    Model,
)
from models.types import FloatArray

# So many bars the prior is worth: of each state's offset, and of the other parameters.
OFFSET_BARS: FloatArray = np.array([5.0, 5.0, 15.0, 60.0, 120.0])
SPREAD_BARS = 50.0
MOVE_BARS = 100.0
PULL_BARS = 200.0
GAP_BARS = 50.0
STEP_BARS = 50.0
# Columns of the sums over bars.
BARS, SIZE, SIZE_SIZE, MOVE, MOVE_MOVE, STRETCH_STRETCH, STRETCH_MOVE, GAPS = range(8)
SUMS = 8


@compiled
def maximise(seen: Observed, chance: FloatArray, counts: FloatArray, model: Model) -> None:
    """Fill `model` in place by the chance of every state at every bar (n, 5) and the expected steps (5, 5)."""
    sums = _sums(seen, chance)
    level = _level(sums, model.mean[UP])
    for k in range(STATES):
        bars = sums[k, BARS]
        worth = OFFSET_BARS[k]
        mean = (worth * (level + OFFSET[k]) + sums[k, SIZE]) / (worth + bars)
        mean = max(level + LEAST_OFFSET[k], min(level + MOST_OFFSET[k], mean))
        model.mean[k] = max(mean, model.mean[LOUD] + APART) if k == PANIC else mean
        off = sums[k, SIZE_SIZE] - 2.0 * model.mean[k] * sums[k, SIZE] + model.mean[k] * model.mean[k] * bars
        model.spread[k] = math.sqrt((SPREAD_BARS * SPREAD[k] * SPREAD[k] + off) / (SPREAD_BARS + bars))
        model.drift[k] = _drift(k, sums[k])
        if k == RANGE:
            pull = (PULL_BARS * PULL - sums[k, STRETCH_MOVE]) / (PULL_BARS + sums[k, STRETCH_STRETCH])
            model.pull[k] = max(LEAST_PULL, pull)
        model.noise[k] = _noise(model.drift[k], model.pull[k], sums[k])
        model.gap[k] = (GAP_BARS * GAP[k] + sums[k, GAPS]) / (GAP_BARS + bars)
        total = 0.0
        for j in range(STATES):
            total += counts[k, j]
        for j in range(STATES):
            model.steps[k, j] = (counts[k, j] + STEP_BARS * _step(k, j)) / (total + STEP_BARS)
    model.gap[PANIC] = max(model.gap[PANIC], LEAST_GAP)


@compiled
def log_prior(model: Model) -> float:
    """Log density of the model before anything was seen, up to a constant."""
    out = 0.0
    for k in range(STATES):
        worth = 0.5 if k in (UP, DOWN) else 1.0
        size, noise = model.spread[k] * model.spread[k], model.noise[k] * model.noise[k]
        offset = model.mean[k] - model.mean[UP] - OFFSET[k]
        drift = model.drift[k] - DRIFT[k]
        pull = model.pull[k] - (PULL if k == RANGE else 0.0)
        out -= worth * OFFSET_BARS[k] * offset * offset / (2.0 * size)
        out -= worth * SPREAD_BARS * (math.log(model.spread[k]) + SPREAD[k] * SPREAD[k] / (2.0 * size))
        out -= worth * (MOVE_BARS * drift * drift + PULL_BARS * pull * pull) / (2.0 * noise)
        out -= worth * MOVE_BARS * (math.log(model.noise[k]) + NOISE * NOISE / (2.0 * noise))
        out += worth * GAP_BARS * (GAP[k] * math.log(model.gap[k]) + (1.0 - GAP[k]) * math.log(1.0 - model.gap[k]))
        for j in range(STATES):
            out += STEP_BARS * _step(k, j) * math.log(model.steps[k, j])
    return out


@compiled
def _sums(seen: Observed, chance: FloatArray) -> FloatArray:
    """Sums over the bars by state, shape (5, SUMS); both trends get those of the two, the falling one turned over."""
    out = np.zeros((STATES, SUMS))
    for t in range(len(chance)):
        size, move, stretch = seen.size[t], seen.move[t], seen.stretch[t]
        if math.isnan(size):
            continue
        for k in range(STATES):
            weight = chance[t, k]
            out[k, BARS] += weight
            out[k, SIZE] += weight * size
            out[k, SIZE_SIZE] += weight * size * size
            out[k, MOVE] += weight * move
            out[k, MOVE_MOVE] += weight * move * move
            out[k, STRETCH_STRETCH] += weight * stretch * stretch
            out[k, STRETCH_MOVE] += weight * stretch * move
            out[k, GAPS] += weight * seen.gap[t]
    for column in range(SUMS):
        turned = -1.0 if column == MOVE else 1.0
        both = out[UP, column] + turned * out[DOWN, column]
        out[UP, column] = both
        out[DOWN, column] = turned * both
    return out


@compiled
def _level(sums: FloatArray, before: float) -> float:
    """Log size of a trend: its own bars say it, and the other states' less their offsets, as far as those are known."""
    weight = OFFSET_BARS[UP] + sums[UP, BARS]
    total = OFFSET_BARS[UP] * before + sums[UP, SIZE]
    for k in range(RANGE, STATES):
        if sums[k, BARS] > 0.0:
            worth = OFFSET_BARS[k] * sums[k, BARS] / (OFFSET_BARS[k] + sums[k, BARS])
            total += worth * (sums[k, SIZE] / sums[k, BARS] - OFFSET[k])
            weight += worth
    return float(total / weight)


@compiled
def _drift(k: int, sums: FloatArray) -> float:
    if k in (RANGE, LOUD):
        return 0.0
    drift = (MOVE_BARS * DRIFT[k] + sums[MOVE]) / (MOVE_BARS + sums[BARS])
    if k == UP:
        return float(max(drift, LEAST_DRIFT))
    return float(min(drift, -LEAST_DRIFT if k == DOWN else -LEAST_FALL))


@compiled
def _noise(drift: float, pull: float, sums: FloatArray) -> float:
    """Spread of the moves around what drift or pull, of which one is nothing, expect."""
    off = sums[MOVE_MOVE] - 2.0 * drift * sums[MOVE] + drift * drift * sums[BARS]
    off += 2.0 * pull * sums[STRETCH_MOVE] + pull * pull * sums[STRETCH_STRETCH]
    return math.sqrt((MOVE_BARS * NOISE * NOISE + off) / (MOVE_BARS + sums[BARS]))


@compiled
def _step(i: int, j: int) -> float:
    return STAY if i == j else (1.0 - STAY) / (STATES - 1)
