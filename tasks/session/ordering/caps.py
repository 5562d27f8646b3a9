"""What the last gate holds the configured book's orders against."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from conf.schema.execution import GateConfig
from models.orders import GateCaps

SECOND = 1_000_000


def gate_caps(gate: GateConfig, capital: float, symbols: Collection[str]) -> GateCaps:
    """Of a book that trades these symbols with so much capital, quote currency."""
    whole = Decimal(repr(capital))
    return GateCaps(
        symbols=frozenset(symbols),
        order_value=whole * Decimal(repr(gate.order_share)),
        day_value=whole * Decimal(repr(gate.day_turnover)),
        orders_per_minute=gate.orders_per_minute,
        collar=Decimal(repr(gate.collar)),
        stale=round(gate.stale_seconds * SECOND),
    )


def reducing_caps(caps: GateCaps) -> GateCaps:
    """The same, and nothing that opens passes: it is worth more than nothing."""
    return replace(caps, order_value=Decimal(0), day_value=Decimal(0))
