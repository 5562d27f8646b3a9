"""How CryptoCompare is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="cryptocompare",
    hosts=frozenset({"min-api.cryptocompare.com"}),
    # Free use ends at 20 requests a second, 300 a minute and 3,000 an hour (rate limit endpoint); this keeps the last.
    spacing_ms=1200.0,
)
URL = "https://min-api.cryptocompare.com/data/v2"
