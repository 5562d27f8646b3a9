"""Everything that orders are worked with, put together by bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from conf.schema.execution import ExecutionConfig
from data.journal import OrderLog
from models.orders import GateCaps, Patience
from models.types import BadInput
from models.types.wire import WireOrder
from tasks.ports import Checkpoint, VenueAccount, Waiting

SECOND = 1_000_000
# Who did it, in the journal, where no person did.
KEEL = "keel"


class Alert(Protocol):
    """Tells a person."""

    def __call__(self, key: str, severity: str, text: str) -> None:
        """The same key is one alert; severity is warning or error."""


class Monotonic(Protocol):
    """A clock that nobody sets."""

    def __call__(self) -> int:
        """Microseconds since some moment."""


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """See the parts; `caps` are those in force, of live trading those that a person confirmed."""

    log: OrderLog
    accounts: Mapping[str, VenueAccount]
    clock: Waiting
    settings: ExecutionConfig
    caps: GateCaps
    alert: Alert
    checkpoint: Checkpoint
    monotonic: Monotonic

    def account(self, venue: str) -> VenueAccount:
        """The account at a venue.

        Raises:
            BadInput: there is none.
        """
        if venue not in self.accounts:
            known = ", ".join(self.accounts) or "none"
            raise BadInput(f"there is no account at {venue!r}, only at {known}; add the venue to execution.venues")
        return self.accounts[venue]

    def recorded(self, order: WireOrder) -> WireOrder:
        """The order as the journal has it.

        Raises:
            BadInput: it has none.
        """
        found = self.log.order(order.cid)
        if found is None:
            raise BadInput(f"the journal has no order {order.cid}; admit it first")
        return found

    @property
    def settle(self) -> int:
        """Microseconds that a doubtful order is asked for."""
        return _micros(self.settings.settle_seconds)

    @property
    def poll(self) -> int:
        """Microseconds between two questions about an order."""
        return _micros(self.settings.poll_seconds)

    @property
    def pause(self) -> int:
        """Microseconds between two orders of one mandate."""
        return _micros(self.settings.slice_seconds)

    @property
    def patience(self) -> Patience:
        """How long orders may stand."""
        return Patience(limit=_micros(self.settings.limit_seconds), market=self.settle)

    @property
    def collar(self) -> Decimal:
        """Farthest from its reference that a market order is filled, fraction."""
        return Decimal(repr(self.settings.collar))

    @property
    def slice_value(self) -> Decimal:
        """Most that one slice is worth, quote currency."""
        return Decimal(repr(self.settings.slice_notional))


def _micros(seconds: float) -> int:
    return round(SECOND * seconds)
