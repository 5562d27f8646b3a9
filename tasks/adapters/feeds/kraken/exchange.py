"""How Kraken is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="kraken",
    # The second is where ccxt would read notices.
    hosts=frozenset({"api.kraken.com", "kraken.zendesk.com"}),
    # About one public request a second and address (support article on API rate limits); ccxt counts 1.2 for bars.
    spacing_ms=1000.0,
)
