"""Whether a position is opened, and on which side."""

import math

from models.kernels import compiled
from models.specialists.rules import Rules
from models.types import Reason

HOLD_FLAT = int(Reason.HOLD_FLAT)
ENTER_EDGE = int(Reason.ENTER_EDGE)
NO_PREDICTION = int(Reason.REFUSED_NO_PREDICTION)
WARM_UP = int(Reason.REFUSED_WARM_UP)
REGIME = int(Reason.REFUSED_REGIME)
SHORTS = int(Reason.REFUSED_SHORTS)
TRADES = int(Reason.REFUSED_TRADES)


@compiled
def entry_reason(
    edge: float,
    cost_bps: float,
    gate: int,
    pause: int,
    deviation: float,
    entries: float,
    lends: float,
    rules: Rules,
) -> int:
    """Code of what stands against an entry on the side of the edge, ENTER_EDGE when nothing does.

    Args:
        edge: expected return, basis points, NaN without a prediction; the side is that of its sign.
        cost_bps: cost of a round trip.
        gate, pause: 0, or the code of what forbids entries.
        deviation: standard deviation of the return over the edge's horizon.
        entries: positions opened today.
        lends: 1.0 where the venue lets one sell short.
    """
    if math.isnan(edge):
        return NO_PREDICTION
    size = edge if edge > 0.0 or rules.shorts == 0.0 else -edge
    if size <= rules.entry_multiple * cost_bps:
        return HOLD_FLAT
    if edge < 0.0 and lends == 0.0:
        return SHORTS
    if gate != 0:
        return gate
    if pause != 0:
        return pause
    if not deviation > 0.0:
        return WARM_UP
    if rules.share <= 0.0:
        return REGIME
    if entries >= rules.max_entries:
        return TRADES
    return ENTER_EDGE
