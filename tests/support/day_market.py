"""A day of bars that a venue publishes over real sockets of the loopback, by a clock that the test moves."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from venues.binance import _market

from models.types import Bars

Delays = Mapping[int, int | None]


@contextmanager
def day_market(bars: Bars, step: int, delays: Delays, now: Callable[[], int]) -> Iterator[str]:
    """Where Binance's klines of AAAUSDT are answered. A bar is there once its close, and the delay of its open, has
    passed (microseconds; None: it never is); the one that is still growing is sent as the venue sends it.
    """
    rows = [
        (ts, [ts // 1000, *(str(figure) for figure in figures), (ts + step) // 1000 - 1, "0", 1, "0", "0", "0"])
        for ts, *figures in zip(
            bars.ts.tolist(),
            *(getattr(bars, name).tolist() for name in ("open", "high", "low", "close", "volume")),
            strict=True,
        )
    ]

    def published(ts: int) -> bool:
        delay = delays.get(ts, 0)
        return delay is not None and (ts <= now() < ts + step or ts + step + delay <= now())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = dict(parse_qsl(asked.query))
            if asked.path.endswith("/exchangeInfo"):
                said: object = {"symbols": [_market("AAA", "USDT")]}
            else:
                since = 1000 * int(query["startTime"])
                said = [row for ts, row in rows if ts >= since and published(ts)][: int(query.get("limit", "500"))]
            body = json.dumps(said).encode()
            self.send_response_only(200)
            self.send_header("Date", formatdate(now() / 1e6, usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
