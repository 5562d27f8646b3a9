"""How Binance is reached with orders."""

from types import MappingProxyType

from tasks.adapters.venues.venue import Venue

# The venue itself refuses what was signed longer ago (recvWindow).
RECEIVE_WINDOW_MS = 5_000

VENUE = Venue(
    name="binance",
    # Spot is asked at api; the others are addresses that ccxt holds for futures, options and margin.
    hosts=frozenset(f"{name}.binance.com" for name in ("api", "dapi", "eapi", "fapi", "papi")),
    # 6,000 weights a minute and address (exchangeInfo, rateLimits); ccxt counts 0.2 for each weight. A cycle asks for
    # some 200 at once, so 450 are kept for it, and the pace of all processes leaves them over.
    spacing_ms=55.0,
    burst_ms=5_000.0,
    options=MappingProxyType(
        {
            "recvWindow": RECEIVE_WINDOW_MS,
            # All symbols at once is what reconciliation asks for: one request of weight 80.
            "warnOnFetchOpenOrdersWithoutSymbol": False,
        }
    ),
)

SANDBOX_HOSTS = frozenset({"testnet.binance.vision", "testnet.binancefuture.com"})
