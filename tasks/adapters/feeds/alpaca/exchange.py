"""How Alpaca's market data is reached.

Through ccxt's signed endpoints: one stack does keys, timeouts, proxy, certificates and errors for all venues.
"""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="alpaca",
    # Bars, quotes and actions are asked at data; the others are addresses that ccxt holds for orders.
    hosts=frozenset({"data.alpaca.markets", "api.alpaca.markets", "broker-api.alpaca.markets"}),
    # 200 requests a minute for free accounts (market data plans).
    spacing_ms=300.0,
)

# The exchange that free accounts may read in real time; its volumes are a few per cent of the market's.
FEED = "iex"
