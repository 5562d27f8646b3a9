"""How Bitget is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="bitget",
    hosts=frozenset({"api.bitget.com"}),
    # 20 requests a second and address on the spot market endpoints (Get Candlestick Data).
    spacing_ms=50.0,
)
