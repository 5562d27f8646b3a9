"""Where a position's own margin is used up."""

from models.kernels import ceil_to_step, compiled, floor_to_step
from models.types import Instrument


@compiled
def liquidation_price(quantity: float, entry: float, instrument: Instrument) -> float:
    """Price at which the margin of a position (isolated from the others) is down to what the venue keeps it for.

    entry * (1 - margin + maintenance) for a long position, entry * (1 + margin - maintenance) for a short one, on the
    tick grid; zero, which is never, where that is not above zero, as for a long position in a cash account.
    """
    if quantity > 0.0:
        return max(floor_to_step(entry * (1.0 - instrument.margin + instrument.maintenance), instrument.tick), 0.0)
    return ceil_to_step(entry * (1.0 + instrument.margin - instrument.maintenance), instrument.tick)
