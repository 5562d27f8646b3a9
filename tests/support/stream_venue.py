"""A Binance on the loopback that speaks by websocket and answers by REST, as its API documents say, with a fault plan.

`faults[topic]` (kline, trade or depth) holds one word for each event of that topic to come: "" sends it, "gap" does
not, "twice" sends it two times, "later" sends it after the next one, "drop" tears the connections down instead, "mute"
keeps silent on these connections from now on. Without a word left events are sent. It never imports the product.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

MINUTE_MS = 60_000
FIRST_MS = 1_722_470_400_000  # 2024-08-01


@dataclass(eq=False)
class Client:
    """One websocket and what it wants to hear."""

    socket: web.WebSocketResponse
    topics: set[str] = field(default_factory=set)
    muted: bool = False
    held: list[str] = field(default_factory=list)


@dataclass
class StreamVenue:
    """The market of BTC/USDT; the test moves it, the clients hear of it."""

    url: str = ""
    faults: dict[str, deque[str]] = field(
        default_factory=lambda: {name: deque() for name in ("kline", "trade", "depth")}
    )
    refusing: bool = False
    rest_refusing: bool = False
    bids: dict[float, float] = field(default_factory=lambda: {100.0 - k: 1.0 + k for k in range(40)})
    asks: dict[float, float] = field(default_factory=lambda: {101.0 + k: 2.0 + k for k in range(40)})
    update: int = 1000
    trade_id: int = 0
    klines: list[list[Any]] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    handshakes: int = 0
    subscribed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    # What the market does.

    async def quote(self, bid: float | None = None, bid_quantity: float = 1.0) -> None:
        """The book changes: the quantity at a bid (0 takes the level away), or at the best ask."""
        self.update += 1
        bids, asks = [], []
        if bid is None:
            price = min(self.asks)
            self.asks[price] += 0.5
            asks = [[f"{price:.2f}", f"{self.asks[price]:.5f}"]]
        else:
            self.bids[bid] = bid_quantity
            if bid_quantity == 0.0:
                del self.bids[bid]
            bids = [[f"{bid:.2f}", f"{bid_quantity:.5f}"]]
        stamp = FIRST_MS + self.update
        event = {"e": "depthUpdate", "E": stamp, "s": "BTCUSDT", "U": self.update, "u": self.update}
        await self.send("depth", event | {"b": bids, "a": asks})

    async def trade(self, price: float = 100.5, taker_sells: bool = True) -> None:
        """Somebody trades."""
        self.trade_id += 1
        stamp = FIRST_MS + self.trade_id
        event = {"e": "trade", "E": stamp, "s": "BTCUSDT", "t": self.trade_id, "p": f"{price:.2f}", "q": "0.25000"}
        await self.send("trade", event | {"T": stamp, "m": taker_sells, "M": True})

    async def grow(self, number: int, close: float, last: bool = False) -> None:
        """The minute bar `number` grows; `last` says that it is closed."""
        begin = FIRST_MS + number * MINUTE_MS
        row = [begin, "100.00", f"{max(100.0, close):.2f}", f"{min(100.0, close):.2f}", f"{close:.2f}", "7.00000"]
        self.klines = [one for one in self.klines if one[0] != begin] + [row]
        names = dict(zip("tohlcv", row, strict=True))
        kline = {"T": begin + MINUTE_MS - 1, "s": "BTCUSDT", "i": "1m", "x": last, "n": 1, "q": "0", "V": "0", "Q": "0"}
        await self.send("kline", {"e": "kline", "E": begin, "s": "BTCUSDT", "k": names | kline})

    # How it reaches the clients.

    async def send(self, topic: str, event: dict[str, Any]) -> None:
        """Send an event to everybody who wants it, or do what the fault plan says."""
        fault = self.faults[topic].popleft() if self.faults[topic] else ""
        text = json.dumps(event)
        for client in [one for one in self.clients if any(topic in name for name in one.topics)]:
            if fault == "drop":
                assert client.socket._req is not None
                assert client.socket._req.transport is not None
                client.socket._req.transport.abort()
                client.topics.clear()
            client.muted = client.muted or fault == "mute"
            if client.muted or fault in ("drop", "gap"):
                continue
            if fault == "later":
                client.held.append(text)
                continue
            for one in [text, *([text] if fault == "twice" else []), *client.held]:
                await client.socket.send_str(one)
            client.held.clear()

    async def listened(self, topic: str, handshakes: int = 1) -> None:
        """Wait until somebody listens to the topic on a connection that came after so many."""
        async with asyncio.timeout(10):
            while self.handshakes < handshakes or not any(topic in name for one in self.clients for name in one.topics):
                await asyncio.sleep(0.005)

    # What it answers.

    async def on_socket(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            return web.Response(status=503, text="<html>Service Temporarily Unavailable</html>")
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        client = Client(socket)
        self.clients.append(client)
        self.handshakes += 1
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                told = json.loads(message.data)
                self.subscribed += told["params"]
                await socket.send_json({"result": None, "id": told["id"]})
                client.topics |= set(told["params"])
        finally:
            self.clients.remove(client)
        return socket

    async def on_rest(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.rest_refusing:
            return web.Response(status=503, text="<html>Service Temporarily Unavailable</html>")
        if request.path.endswith("/exchangeInfo"):
            return web.json_response({"symbols": [MARKET]})
        if request.path.endswith("/depth"):
            return web.json_response(self.depth(int(request.query.get("limit", 100))))
        assert request.path.endswith("/klines"), request.path
        since = int(request.query.get("startTime", 0))
        return web.json_response([row for row in sorted(self.klines) if row[0] >= since])

    def depth(self, levels: int) -> dict[str, Any]:
        """The book as REST gives it."""
        bids = sorted(self.bids.items(), reverse=True)[:levels]
        asks = sorted(self.asks.items())[:levels]
        sides = {name: [[f"{p:.2f}", f"{q:.5f}"] for p, q in side] for name, side in (("bids", bids), ("asks", asks))}
        return {"lastUpdateId": self.update} | sides


MARKET = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "orderTypes": ["LIMIT", "MARKET"],
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "permissions": ["SPOT"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000"},
    ],
}


@asynccontextmanager
async def running_stream_venue() -> AsyncIterator[StreamVenue]:
    """A venue that answers until the end of the block."""
    venue = StreamVenue()
    app = web.Application()
    app.router.add_get("/stream/ws/{tail:.*}", venue.on_socket)
    app.router.add_get("/api/v3/{tail:.*}", venue.on_rest)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    venue.url = "127.0.0.1:" + str(runner.addresses[0][1])
    try:
        yield venue
    finally:
        await runner.cleanup()
