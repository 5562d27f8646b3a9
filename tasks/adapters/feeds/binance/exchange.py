"""How Binance is reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="binance",
    # Spot is asked at api; the others are addresses that ccxt holds for futures, options and margin.
    hosts=frozenset(f"{name}.binance.com" for name in ("api", "dapi", "eapi", "fapi", "papi")),
    # 6,000 weights a minute and address (exchangeInfo, rateLimits); ccxt counts 0.2 for each weight. A tenth is left
    # for orders.
    spacing_ms=55.0,
)
