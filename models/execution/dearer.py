"""The same instrument where everything that trading costs is a multiple of what it is."""

from models.types import Instrument

CHARGES = ("taker_fee", "maker_fee", "half_spread", "impact", "liquidation_fee")
CARRY = ("long_carry", "short_carry")


def dearer(instrument: Instrument, multiple: float) -> Instrument:
    """At `multiple` times its fees, spread, impact and carry. A carry that is received stays as it is: dearer is never
    better.
    """
    changed = {name: getattr(instrument, name) * multiple for name in CHARGES}
    carry = {name: getattr(instrument, name) for name in CARRY}
    changed |= {name: rate * multiple if rate > 0.0 else rate for name, rate in carry.items()}
    return instrument._replace(**changed)
