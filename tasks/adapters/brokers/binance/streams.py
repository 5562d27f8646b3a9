"""What Binance tells by itself: the user data stream of its websocket API."""

from typing import Any

from tasks.adapters.brokers.dialect import UserStreams

# Spot is told at ws-api; the others are addresses that ccxt holds for market data, futures, options and stocks.
NAMES = ("stream", "fstream", "dstream", "nbstream", "ws-api", "ws-fapi", "ws-dapi")


async def subscribe(exchange: Any) -> None:
    """Signed in, and confirmed by the venue."""
    await exchange.authenticate()


STREAMS = UserStreams(hosts=frozenset(f"{name}.binance.com" for name in NAMES), subscribe=subscribe)
