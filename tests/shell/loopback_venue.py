"""A Binance on the loopback, for market data: as its API documents say, with faults on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HOUR_MS = 3_600_000
FIRST = 1_577_836_800_000  # 2020-01-01, milliseconds


@dataclass
class Venue:
    """The market data of the exchange, its faults, and what it was asked.

    `faults` are taken one a request: an HTTP status, "hang", "reset", "html" or "cut"; 200 is no fault.
    """

    bars: int = 0
    faults: list[int | str] = field(default_factory=list)
    fault_path: str = "/"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @property
    def klines(self) -> list[dict[str, str]]:
        """Queries for bars, in order."""
        return [query for path, query in self.asked if path.endswith("/klines")]

    def answer(self, path: str, query: dict[str, str]) -> object:
        """The body of a sound answer."""
        if path.endswith("/exchangeInfo"):
            return {"symbols": [_market(*pair) for pair in (("BTC", "USDT"), ("BTC", "EUR"), ("ETH", "USDT"))]}
        assert path.endswith("/klines"), path
        assert (query["symbol"], query["interval"]) == ("BTCUSDT", "1h")
        since = int(query.get("startTime", FIRST))
        first = max(0, -(-(since - FIRST) // HOUR_MS))
        return [_kline(number) for number in range(first, min(first + int(query["limit"]), self.bars))]


def _market(base: str, quote: str) -> dict[str, object]:
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
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


def _kline(number: int) -> list[object]:
    begin, price = FIRST + number * HOUR_MS, 100.0 + number / 8
    figures = [f"{price:.8f}", f"{price + 1:.8f}", f"{price - 1:.8f}", f"{price + 0.5:.8f}", "7.25000000"]
    return [begin, *figures, begin + HOUR_MS - 1, "0", 1, "0", "0", "0"]


@contextmanager
def running_venue() -> Iterator[Venue]:
    """An exchange that answers until the end of the block."""
    told = Venue()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            told.asked.append((split.path, query))
            fault = told.faults.pop(0) if told.faults and told.fault_path in split.path else 200
            if fault == "hang":
                time.sleep(1.2)
            if fault in ("hang", "reset"):
                self.close_connection = True
                return
            body = json.dumps(told.answer(split.path, query)).encode()
            if fault == "html" or (isinstance(fault, int) and fault != 200):
                body = b"<html>Service Temporarily Unavailable</html>"
            if fault == "cut":
                body = body[: len(body) // 2]
            self.send_response(fault if isinstance(fault, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()
