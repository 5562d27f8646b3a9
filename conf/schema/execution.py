"""How orders go to a venue, what they may not pass on the way, and what live trading asks for."""

from pydantic import Field

from conf.schema.group import Group
from conf.schema.names import VenueName


class GateConfig(Group):
    """The last gate before the wire. Live trading keeps what a person confirmed; a later change here is not for it."""

    order_share: float = Field(gt=0.0, le=100.0, description="largest order, times trading.capital")
    day_turnover: float = Field(
        gt=0.0,
        le=10_000.0,
        description="most value ordered in a UTC day by what opens positions, times trading.capital",
    )
    orders_per_minute: int = Field(
        ge=1, le=10_000, description="orders that open positions; what only reduces gets ten times as many"
    )
    collar: float = Field(gt=0.0, lt=1.0, description="farthest that an order may be from its reference, fraction")
    stale_seconds: float = Field(
        gt=0.0, description="age of the decision or quote behind an opening order from which on it is refused"
    )


class ExecutionConfig(Group):
    """Orders of the configured book."""

    venues: tuple[VenueName, ...] = Field(
        strict=False, description="venues that quote the book's symbols beside trading.venue, for routing of entries"
    )
    slice_notional: float = Field(gt=0.0, description="larger orders are sent in slices of this value, quote currency")
    slice_seconds: float = Field(ge=0.0, le=600.0, description="between two slices")
    collar: float = Field(
        gt=0.0, lt=0.5, description="farthest from the reference that a market order may be filled, fraction"
    )
    limit_seconds: float = Field(
        gt=0.0, le=3600.0, description="that a limit order rests before its rest goes to market"
    )
    settle_seconds: float = Field(
        gt=0.0, le=600.0, description="that a doubtful order is asked for before it counts as lost or unknown"
    )
    poll_seconds: float = Field(gt=0.0, le=60.0, description="between two questions about an order")
    lease_seconds: float = Field(
        ge=5.0, le=3600.0, description="that the only writer may be silent before another takes over"
    )
    lease_wait_seconds: float = Field(ge=0.0, le=600.0, description="that a cycle waits for another one to end")
    disaster_stop: float = Field(
        gt=0.0,
        lt=1.0,
        description="distance of the protective stop of a position whose rules have none, fraction of its entry",
    )
    acknowledge_rights: tuple[VenueName, ...] = Field(
        strict=False, description="venues that do not say what a key may do, and whose keys a person has looked at"
    )
    gate: GateConfig
