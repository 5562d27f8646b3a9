"""The second detector: a hidden Markov model, filtered, learned from past bars, never smoothed by later ones."""

import math

import numpy as np

from models.kernels import compiled
from models.regime.detected import RANGING, REGIMES, SILENT, Detected, persistent
from models.regime.learning import learn
from models.regime.observations import Observed, observe
from models.regime.states import MEANING, STATES, Model, advance, believed, take_over, weigh
from models.types import BoolArray, FloatArray, IntArray

# Learned first after so many bars, then after a quarter more each time, and at last every so many.
FIRST = 64
EVERY = 256
# Bars that are learned from.
WINDOW = 2048
ROUNDS = 4
# Learned from nothing, from several levels, at FIRST, at twice that and so on, and at last every so many bars.
ANEW = 1024
ROUNDS_ANEW = 10
STARTS = 5
APART = 0.3
TEMPER = 0.35
# What is believed before the first bar: every regime alike.
AT_FIRST: FloatArray = np.array([0.125, 0.125, 0.25, 0.25, 0.25])
# A raw regime changes only where the most probable one leads the second by this.
BAND = 0.1


def by_hmm(open: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> Detected:
    """Regimes of bars from a series' origin on, columns of shape (n,); volume is not looked at.

    Confidence is the filtered probability of the regime that holds, given the bars up to this one. The parameters are
    learned at bar numbers counted from the origin, from the bars before, so nothing of a bar depends on later ones.
    A bar that did not move leaves the raw regime as it was.
    """
    raw, spoke, posterior = _filter(observe(open, high, low, close))
    label = persistent(raw, spoke)
    return Detected(raw, label, posterior[np.arange(label.size), label])


@compiled
def leading(posterior: FloatArray) -> int:
    """The regime that a bar speaks for, by the probabilities (4,) of the regimes; SILENT where none leads by BAND."""
    best = 0
    for code in range(REGIMES):
        if posterior[code] > posterior[best]:
            best = code
    for code in range(REGIMES):
        if code != best and posterior[best] - posterior[code] < BAND:
            return SILENT
    return best


@compiled
def _filter(seen: Observed) -> tuple[IntArray, BoolArray, FloatArray]:
    """Raw regimes (n,) and probability of each regime after each bar (n, 4)."""
    n = seen.size.size
    raw = np.empty(n, np.int64)
    spoke = np.empty(n, np.bool_)
    posterior = np.zeros((n, REGIMES))
    belief = AT_FIRST.copy()
    room = np.empty(STATES)
    likelihood = np.empty((1, STATES))
    model = believed(0.0, TEMPER)
    due = due_anew = FIRST
    before = RANGING
    for t in range(n):
        if t < FIRST:
            take_over(model, believed(_mean_size(seen, 0, t + 1), TEMPER))
        elif t == due:
            past = _rows(seen, max(0, t - WINDOW), t)
            if t > FIRST:
                learn(past, model, ROUNDS, belief)
            if t == due_anew:
                _learn_anew(past, model, belief, t > FIRST)
                due_anew = min(2 * t, t + ANEW)
            due = min(due_anew, t + min(EVERY, t // 4))
        weigh(_rows(seen, t, t + 1), model, likelihood)
        advance(belief, model.steps, likelihood[0], room)
        for k in range(STATES):
            posterior[t, MEANING[k]] += belief[k]
        found = SILENT if math.isnan(seen.size[t]) else leading(posterior[t])
        spoke[t] = found != SILENT
        if spoke[t]:
            before = found
        raw[t] = before
    return raw, spoke, posterior


@compiled
def _learn_anew(past: Observed, model: Model, belief: FloatArray, known: bool) -> None:
    """Learn from several levels; the best of those takes over, unless the `known` model is better."""
    temper = model.temper[0]
    level = _mean_size(past, 0, past.size.size)
    best = learn(past, model, ROUNDS_ANEW, belief) if known else -math.inf
    found = np.empty(STATES)
    for start in range(STARTS):
        other = believed(level + APART * (start - STARTS // 2), temper)
        score = learn(past, other, ROUNDS_ANEW, found)
        if score > best:
            best = score
            take_over(model, other)
            for k in range(STATES):
                belief[k] = found[k]


@compiled
def _rows(seen: Observed, begin: int, end: int) -> Observed:
    return Observed(seen.size[begin:end], seen.move[begin:end], seen.stretch[begin:end], seen.gap[begin:end])


@compiled
def _mean_size(seen: Observed, begin: int, end: int) -> float:
    """Mean log size of the bars that moved; 0 where none did."""
    total = 0.0
    count = 0
    for t in range(begin, end):
        if not math.isnan(seen.size[t]):
            total += seen.size[t]
            count += 1
    return total / count if count else 0.0
