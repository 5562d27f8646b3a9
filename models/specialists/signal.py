"""What is known of a symbol at the close of a bar."""

import math
from typing import NamedTuple

from models.kernels import compiled
from models.specialists.rules import Rules


class Signal(NamedTuple):
    """Figures are NaN while they are not known.

    Attributes:
        close: quote currency.
        edge: blended edge, basis points of expected return; its sign is the side.
        volatility: standard deviation of log returns per bar.
        atr, low, high: average true range and edges of the recent range, each a fraction of the close.
        width: of the recent range, over what chance would cover.
        oscillator: -1..1, positive after falls that went too far.
        momentum: -1..1, positive in a rise.
        sentiment: -1 fear .. 1 greed.
        atr_ratio: ATR over its four-week mean.
        adx: strength of the trend, 0..100.
        stretch: close over its average, minus one.
        regime: code of the regime.
        gate: 0, or the Reason code of what the outside forbids. No bar, stale and blocked data forbid everything, the
            others entries only.
    """

    close: float
    edge: float
    volatility: float
    atr: float
    low: float
    high: float
    width: float
    oscillator: float
    momentum: float
    sentiment: float
    atr_ratio: float
    adx: float
    stretch: float
    regime: int
    gate: int


@compiled
def weighted_edge(signal: Signal, rules: Rules) -> float:
    """The edge, raised by readings that agree with its side and lowered to no less than zero by those that contradict
    it; basis points, NaN where the edge or a reading that has a weight is not known.
    """
    agreement = 0.0
    if rules.sentiment_weight != 0.0:
        agreement += rules.sentiment_weight * _reading(signal.sentiment)
    if rules.momentum_weight != 0.0:
        agreement += rules.momentum_weight * _reading(signal.momentum)
    if rules.oscillator_weight != 0.0:
        agreement += rules.oscillator_weight * _reading(signal.oscillator)
    if math.isnan(agreement):
        return math.nan
    factor = 1.0 + agreement if signal.edge > 0.0 else 1.0 - agreement
    return signal.edge * max(factor, 0.0)


@compiled
def most_weight(rules: Rules) -> float:
    """No weighted edge is larger than this many times its edge."""
    return 1.0 + abs(rules.sentiment_weight) + abs(rules.momentum_weight) + abs(rules.oscillator_weight)


@compiled
def _reading(value: float) -> float:
    """Within -1..1; NaN stays NaN."""
    if math.isnan(value):
        return value
    return min(1.0, max(-1.0, value))
