"""What past bars teach the Markov model: Baum-Welch (1970) with a prior, so that a state keeps its meaning."""

import math

import numpy as np

from models.kernels import compiled
from models.regime.maximising import log_prior, maximise
from models.regime.observations import Observed
from models.regime.states import STATES, Model, advance, weigh
from models.types import FloatArray

# Bars over which sizes are summed to see how much they repeat each other, and blocks that speak for a half beforehand.
BLOCK = 16
BLOCKS = 10.0
LEAST_TEMPER = 0.2


@compiled
def learn(seen: Observed, model: Model, rounds: int, belief: FloatArray) -> float:
    """Improve `model` in place by so many rounds on past bars; `belief` (5,) becomes the filter's after their last.

    Returns the log posterior, up to a constant, which tells two models of the same bars and temper apart; only then the
    temper is taken anew.
    """
    n = seen.size.size
    likelihood = np.empty((n, STATES))
    filtered = np.empty((n, STATES))
    smoothed = np.empty((n, STATES))
    counts = np.empty((STATES, STATES))
    for _ in range(rounds):
        weigh(seen, model, likelihood)
        _forward(model, likelihood, filtered)
        _backward(model, likelihood, filtered, smoothed, counts)
        maximise(seen, smoothed, counts, model)
    best = weigh(seen, model, likelihood)
    found = _forward(model, likelihood, filtered) + log_prior(model)
    for t in range(n):
        found += best[t]
    for k in range(STATES):
        belief[k] = filtered[n - 1, k]
    model.temper[0] = _temper(seen, smoothed, model)
    return found


@compiled
def _forward(model: Model, likelihood: FloatArray, filtered: FloatArray) -> float:
    """Filter all bars, shape (n, 5); returns their log likelihood, relative to that of the best states."""
    belief = np.full(STATES, 1.0 / STATES)
    room = np.empty(STATES)
    found = 0.0
    for t in range(len(filtered)):
        found += math.log(advance(belief, model.steps, likelihood[t], room))
        for k in range(STATES):
            filtered[t, k] = belief[k]
    return found


@compiled
def _backward(
    model: Model, likelihood: FloatArray, filtered: FloatArray, smoothed: FloatArray, counts: FloatArray
) -> None:
    """Chance of every state given all of the past bars (n, 5), and how often each step was taken (5, 5)."""
    n = len(filtered)
    later = np.ones(STATES)
    comes = np.empty(STATES)
    fresh = np.empty(STATES)
    for i in range(STATES):
        smoothed[n - 1, i] = filtered[n - 1, i]
        for j in range(STATES):
            counts[i, j] = 0.0
    for t in range(n - 2, -1, -1):
        for j in range(STATES):
            comes[j] = likelihood[t + 1, j] * later[j]
        total = 0.0
        size = 0.0
        for i in range(STATES):
            fresh[i] = 0.0
            for j in range(STATES):
                fresh[i] += model.steps[i, j] * comes[j]
            total += filtered[t, i] * fresh[i]
            size += fresh[i]
        for i in range(STATES):
            for j in range(STATES):
                counts[i, j] += filtered[t, i] * model.steps[i, j] * comes[j] / total
            smoothed[t, i] = filtered[t, i] * fresh[i] / total
            later[i] = fresh[i] / size


@compiled
def _temper(seen: Observed, smoothed: FloatArray, model: Model) -> float:
    """One over how much larger the variance of sums over BLOCK sizes is than if they were independent, 0.2..1.

    Within a state volatility clusters: a bar says less than it would alone, and what is believed would swing too far.
    """
    alone = together = total = 0.0
    count = 0
    for t in range(len(smoothed)):
        if math.isnan(seen.size[t]):
            continue
        off = 0.0
        for k in range(STATES):
            off += smoothed[t, k] * (seen.size[t] - model.mean[k]) / model.spread[k]
        alone += off * off
        total += off
        count += 1
        if count == BLOCK:
            together += total * total
            total = 0.0
            count = 0
    return max(LEAST_TEMPER, min(1.0, (alone + BLOCKS * BLOCK) / (together + 2.0 * BLOCKS * BLOCK)))
