"""Scores from -1 to 1, and how far the close has stretched from its average: what specialists weigh an edge by."""

import math

from models.features.kind import Inputs
from models.indicators.volatility import VIX_MEDIAN
from models.kernels import compiled
from models.types import FloatArray


def momentum_score(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Softsign of ln(close / close `window` bars ago) over what a random walk of the same volatility moves in that
    time, volatility * sqrt(window); -1..1. NaN for the first `window` bars and where the volatility is unknown or zero.
    """
    close, volatility = inputs
    room[:window] = math.nan
    _write_momentum_score(close[window:], close[:-window], volatility[window:], math.sqrt(window), room[window:])
    return room


def stretch(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """The close over its average, minus one: a fraction. NaN where the average is unknown."""
    close, average = inputs
    _write_stretch(close, average, room)
    return room


def sentiment(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Fear (-1) and greed (1), guessed from prices alone: it stands in for what is written and said, and says nothing
    that prices do not.

    The mean of three figures, each -1..1: the softsign of how far the close is from its average of `window` bars, over
    the deviation of a random walk from such an average (volatility * sqrt(window / 3)); how calm it is, (m^2 - v^2) /
    (m^2 + v^2) for the volatility index v and its long-run level m; and the stochastic %K as (K - 50) / 50. The first
    two are the market's momentum and its volatility as CNN's Fear & Greed Index takes them. Inputs: close, its average,
    volatility, volatility index, %K. NaN where one of them is, or where the volatility is zero.
    """
    close, average, volatility, index, place = inputs
    _write_sentiment(close, average, volatility, index, place, math.sqrt(window / 3.0), room)
    return room


@compiled
def _write_momentum_score(
    close: FloatArray, before: FloatArray, volatility: FloatArray, steps: float, out: FloatArray
) -> None:
    for t in range(out.size):
        out[t] = math.log(close[t] / before[t])
    # With m the move and e the expected one the softsign of m / e is m / (e + |m|): one division.
    for t in range(out.size):
        expected = volatility[t] * steps
        whole = expected + math.fabs(out[t])
        out[t] = out[t] / whole if expected > 0.0 and whole > 0.0 else math.nan


@compiled
def _write_stretch(close: FloatArray, average: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = close[t] / average[t] - 1.0 if average[t] > 0.0 else math.nan


@compiled
def _write_sentiment(
    close: FloatArray,
    average: FloatArray,
    volatility: FloatArray,
    index: FloatArray,
    place: FloatArray,
    steps: float,
    out: FloatArray,
) -> None:
    usual = VIX_MEDIAN * VIX_MEDIAN
    # As above, and every division is guarded where it is done: so several bars are done at a time.
    for t in range(out.size):
        expected = volatility[t] * steps * average[t]
        gap = close[t] - average[t]
        whole = expected + math.fabs(gap)
        away = gap / whole if whole > 0.0 else math.nan
        variance = index[t] * index[t]
        both = usual + variance
        calm = (usual - variance) / both if both > 0.0 else math.nan
        score = (away + calm + (place[t] - 50.0) / 50.0) / 3.0
        out[t] = score if expected > 0.0 else math.nan
