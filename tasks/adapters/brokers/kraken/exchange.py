"""How Kraken is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="kraken",
    # The second is where ccxt would read notices.
    hosts=frozenset({"api.kraken.com", "kraken.zendesk.com"}),
    # The counter of private requests decays by a third to one a second, by tier; ccxt counts 3 for each.
    spacing_ms=350.0,
)

# The deadline that is sent with every order: 2 to 60 seconds are allowed (Add Order).
SENDS_WITHIN = 10_000_000
