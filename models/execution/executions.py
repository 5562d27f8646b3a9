"""An execution as compiled code hands it around."""

from typing import NamedTuple

from models.kernels import compiled, floor_to_step
from models.types import Instrument, Leg

NONE = int(Leg.NONE)
EXPIRED = int(Leg.EXPIRED)
ENTRY = int(Leg.ENTRY)
ADD = int(Leg.ADD)


class Execution(NamedTuple):
    """What happened to an order: `leg` is a Leg code, NONE for nothing, EXPIRED for an entry that is over without a
    fill; `quantity` the signed change of the position, `price` and `fee` in quote currency, `slip` what the distance
    from the reference price cost, `realised` the profit of what was closed, known once the ledger has it.
    """

    leg: int
    quantity: float
    price: float
    fee: float
    slip: float
    realised: float


@compiled
def no_execution() -> Execution:
    """Nothing happened."""
    return Execution(NONE, 0.0, 0.0, 0.0, 0.0, 0.0)


@compiled
def expired() -> Execution:
    """The entry is over without a fill."""
    return Execution(EXPIRED, 0.0, 0.0, 0.0, 0.0, 0.0)


@compiled
def executed(
    leg: int, quantity: float, price: float, reference: float, fee_rate: float, instrument: Instrument
) -> Execution:
    """An execution of the signed `quantity` at `price` with its fee.

    Where a buy's fee is taken out of what was bought, it brings the lots that are left; what was taken,
    fractions of a lot included, is the fee.
    """
    if leg in (ENTRY, ADD) and quantity > 0.0 and instrument.fee_in_base > 0.0:
        left = floor_to_step(quantity * (1.0 - fee_rate), instrument.lot)
        if left <= 0.0:
            return expired()
        return Execution(leg, left, price, (quantity - left) * price, quantity * abs(price - reference), 0.0)
    size = abs(quantity)
    return Execution(leg, quantity, price, size * price * fee_rate, size * abs(price - reference), 0.0)
