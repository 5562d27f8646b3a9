"""How Coinbase Advanced is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="coinbase",
    hosts=frozenset({"api.coinbase.com"}),
    # 10 requests a second and address on the public endpoints (Advanced Trade, rate limits); ccxt counts 3 for each.
    spacing_ms=34.0,
)
