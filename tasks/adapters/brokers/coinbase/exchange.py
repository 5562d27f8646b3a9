"""How Coinbase Advanced is reached."""

from types import MappingProxyType

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="coinbase",
    hosts=frozenset({"api.coinbase.com"}),
    # 30 private requests a second and user, 10 public ones and address (Advanced Trade, rate limits).
    spacing_ms=34.0,
    # The clock of the API that takes the orders, to the millisecond.
    options=MappingProxyType({"fetchTime": "v3PublicGetBrokerageTime"}),
)

# For so long after its signature a token counts (API key authentication).
SENDS_WITHIN = 120_000_000
