"""Whether a position is opened, and on which side."""

import math

from models.kernels import compiled
from models.specialists.rules import Rules
from models.specialists.signal import Signal, weighted_edge
from models.types import Reason

HOLD_FLAT = int(Reason.HOLD_FLAT)
ENTER_EDGE = int(Reason.ENTER_EDGE)
NO_PREDICTION = int(Reason.REFUSED_NO_PREDICTION)
WARM_UP = int(Reason.REFUSED_WARM_UP)
REGIME = int(Reason.REFUSED_REGIME)
SHORTS = int(Reason.REFUSED_SHORTS)
TRADES = int(Reason.REFUSED_TRADES)
QUIET = int(Reason.REFUSED_QUIET)
NO_TREND = int(Reason.REFUSED_NO_TREND)
NO_PULLBACK = int(Reason.REFUSED_NO_PULLBACK)
NO_RANGE = int(Reason.REFUSED_NO_RANGE)
INSIDE_RANGE = int(Reason.REFUSED_INSIDE_RANGE)


@compiled
def entry_reason(
    signal: Signal,
    cost_bps: float,
    pause: int,
    deviation: float,
    entries: float,
    lends: float,
    share: float,
    rules: Rules,
) -> int:
    """Code of what stands against an entry on the side of the edge, ENTER_EDGE when nothing does.

    Args:
        cost_bps: cost of a round trip.
        pause: 0, or the code of what pauses entries.
        deviation: standard deviation of the return over the edge's horizon.
        entries: positions opened today.
        lends: 1.0 where the venue lets one sell short.
        share: of its size that an entry gets.
    """
    if math.isnan(signal.edge):
        return NO_PREDICTION
    edge = weighted_edge(signal, rules)
    if math.isnan(edge):
        return WARM_UP
    if not _pays(edge, cost_bps, rules):
        return HOLD_FLAT
    if edge < 0.0 and lends == 0.0:
        return SHORTS
    if signal.gate != 0:
        return signal.gate
    if pause != 0:
        return pause
    if not deviation > 0.0:
        return WARM_UP
    if share <= 0.0:
        return REGIME
    if entries >= rules.max_entries:
        return TRADES
    return _unfit(1.0 if edge > 0.0 else -1.0, signal, rules)


@compiled
def is_wanted(signal: Signal, cost_bps: float, rules: Rules) -> bool:
    """Whether a specialist wants to enter on what it sees of the market, whatever else stands against it."""
    if math.isnan(signal.edge):
        return False
    edge = weighted_edge(signal, rules)
    if math.isnan(edge) or not _pays(edge, cost_bps, rules):
        return False
    return _unfit(1.0 if edge > 0.0 else -1.0, signal, rules) == ENTER_EDGE


@compiled
def _pays(edge: float, cost_bps: float, rules: Rules) -> bool:
    size = edge if edge > 0.0 or rules.shorts == 0.0 else -edge
    return size > rules.entry_multiple * cost_bps


@compiled
def _unfit(side: float, signal: Signal, rules: Rules) -> int:
    """Code of what the specialist misses in the market, ENTER_EDGE when nothing; WARM_UP where it cannot be known."""
    if rules.least_volatility > 0.0 and not signal.atr_ratio >= rules.least_volatility:
        return WARM_UP if math.isnan(signal.atr_ratio) else QUIET
    if rules.least_trend > 0.0 and not signal.adx >= rules.least_trend:
        return WARM_UP if math.isnan(signal.adx) else NO_TREND
    if rules.pullback != 0.0 and not side * signal.stretch <= 0.0:
        return WARM_UP if math.isnan(signal.stretch) else NO_PULLBACK
    if math.isfinite(rules.most_width) and not signal.width <= rules.most_width:
        return WARM_UP if math.isnan(signal.width) else NO_RANGE
    if math.isfinite(rules.near_edge):
        edge = signal.low if side > 0.0 else signal.high
        if not side * (1.0 - edge * (1.0 + side * rules.near_edge)) <= 0.0:
            return WARM_UP if math.isnan(edge) else INSIDE_RANGE
    return ENTER_EDGE
