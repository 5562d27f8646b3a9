"""What a bar's market gives: prices with spread and impact on the tick grid, and how much of the volume."""

import math
from typing import NamedTuple

from models.kernels import ceil_to_step, compiled, floor_to_step
from models.types import Instrument


class Bar(NamedTuple):
    """One closed bar; prices in quote currency, volume in base units, NaN where it is not known."""

    open: float
    high: float
    low: float
    close: float
    volume: float


@compiled
def is_usable(bar: Bar) -> bool:
    """Whether its prices are finite, positive and in order and its volume not negative; on another bar nothing is
    traded.
    """
    finite = math.isfinite(bar.open) and math.isfinite(bar.high) and math.isfinite(bar.low) and math.isfinite(bar.close)
    if not finite or bar.low <= 0.0 or bar.volume < 0.0:
        return False
    return bar.low <= min(bar.open, bar.close) and max(bar.open, bar.close) <= bar.high


@compiled
def available(volume: float, instrument: Instrument) -> float:
    """Most base units that one order gets of a bar; without limit where the volume is not known (NaN)."""
    if math.isnan(volume):
        return math.inf
    return floor_to_step(volume * instrument.volume_share, instrument.lot)


@compiled
def slip_rate(quantity: float, volume: float, instrument: Instrument) -> float:
    """Distance of a taker's price from the reference price, fraction: half the spread, and the square-root impact of
    the order's share in the volume (Torre and Ferrari 1997; Almgren, Thum, Hauptmann and Li 2005), which is never
    more than `volume_share` and taken to be that where the volume is not known.
    """
    if instrument.impact == 0.0:
        return instrument.half_spread
    share = instrument.volume_share
    if not math.isnan(volume):
        share = min(share, abs(quantity) / volume)
    return instrument.half_spread + instrument.impact * math.sqrt(share)


@compiled
def taker_price(quantity: float, reference: float, volume: float, instrument: Instrument) -> float:
    """Price on the tick grid that a market order of `quantity` (signed) gets around `reference`, always against it.

    A sale below the first tick is off the grid: a tick would be more than the market pays.
    """
    rate = slip_rate(quantity, volume, instrument)
    if quantity > 0.0:
        return max(ceil_to_step(reference * (1.0 + rate), instrument.tick), instrument.tick)
    price = floor_to_step(reference * (1.0 - rate), instrument.tick)
    return price if price > 0.0 else max(reference * (1.0 - rate), 0.0)


@compiled
def is_through(price: float, extreme: float, side: float, instrument: Instrument) -> bool:
    """Whether a resting order at `price` is filled: the bar's `extreme` (low for a buy, high for a sale) reached it and
    went `through` ticks further. `side` is 1.0 for a buy, -1.0 for a sale.
    """
    if side * (extreme - price) > 0.0:
        return False
    if instrument.through == 0.0:
        return True
    if side > 0.0:
        return extreme <= floor_to_step(price - instrument.through * instrument.tick, instrument.tick)
    return extreme >= ceil_to_step(price + instrument.through * instrument.tick, instrument.tick)
