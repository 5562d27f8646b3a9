"""Orders that were decided at a close: at market or with a limit, from the next bar on."""

from models.execution.executions import ADD, ENTRY, Execution, executed, expired, no_execution
from models.execution.market import Bar, available, is_through, taker_price
from models.kernels import compiled, floor_to_step
from models.portfolio import Position
from models.types import Instrument, Leg

EXIT = int(Leg.EXIT)


@compiled
def affordable(free: float, price: float, fee_rate: float, instrument: Instrument) -> float:
    """Most base units whose margin and fee the `free` equity pays for."""
    if free <= 0.0:
        return 0.0
    return floor_to_step(free / (price * (instrument.margin + fee_rate)), instrument.lot)


@compiled
def at_the_open(position: Position, free: float, bar: Bar, instrument: Instrument) -> Execution:
    """What the waiting order gets at the bar's open, as a taker.

    A market order always trades, a limit order only where the open is no worse than its limit; otherwise it rests. An
    entry that `free`, the equity that no other position binds, does not pay for, or of which the volume leaves less
    than the smallest order, expires, and so does what is added to a position; of what closes (a part of) it the rest
    waits.
    """
    wanted = position.ordered
    side = 1.0 if wanted > 0.0 else -1.0
    if position.limit > 0.0 and side * (bar.open - position.limit) > 0.0:
        return no_execution()
    size = min(abs(wanted), available(bar.volume, instrument))
    price = taker_price(wanted, bar.open, bar.volume, instrument)
    if position.limit > 0.0:
        price = min(price, position.limit) if side > 0.0 else max(price, position.limit)
    if position.quantity == 0.0:
        return _entered(ENTRY, position.stop, side, size, price, bar.open, free, instrument.taker_fee, instrument)
    if wanted * position.quantity > 0.0:
        free += (position.quantity - abs(position.quantity) * instrument.margin) * position.last
        return _entered(ADD, 0.0, side, size, price, bar.open, free, instrument.taker_fee, instrument)
    if size <= 0.0:
        return no_execution()
    return executed(EXIT, side * size, price, bar.open, instrument.taker_fee, instrument)


@compiled
def during_the_bar(position: Position, free: float, bar: Bar, instrument: Instrument) -> Execution:
    """What a limit entry that rests since the open gets, as a maker; an order lives for one bar, then it expires."""
    side = 1.0 if position.ordered > 0.0 else -1.0
    if not is_through(position.limit, bar.low if side > 0.0 else bar.high, side, instrument):
        return expired()
    size = min(abs(position.ordered), available(bar.volume, instrument))
    return _entered(
        ENTRY, position.stop, side, size, position.limit, position.limit, free, instrument.maker_fee, instrument
    )


@compiled
def _entered(
    leg: int,
    stop: float,
    side: float,
    size: float,
    price: float,
    reference: float,
    free: float,
    fee_rate: float,
    instrument: Instrument,
) -> Execution:
    """What an entry or an addition gets, as long as it is worth the smallest order at its stop too: less could never be
    closed.
    """
    size = min(size, affordable(free, price, fee_rate, instrument))
    lowest = min(price, stop) if stop > 0.0 else price
    if size <= 0.0 or size * lowest < instrument.min_notional:
        return expired()
    return executed(leg, side * size, price, reference, fee_rate, instrument)
