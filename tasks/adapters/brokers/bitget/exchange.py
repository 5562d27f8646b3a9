"""How Bitget is reached."""

from types import MappingProxyType

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="bitget",
    hosts=frozenset({"api.bitget.com"}),
    # 10 orders and 20 questions a second and user (unified account, trade).
    spacing_ms=50.0,
    # Else ccxt asks with every request which kind of account it is.
    options=MappingProxyType({"uta": True}),
)

# A request whose time is farther from the venue's is refused (API introduction).
SENDS_WITHIN = 30_000_000
