"""A small exchange behind a socket of this machine, which notes when each request began to arrive, and its own time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tasks.session.bench.exchange import SmallExchange

HOST = "127.0.0.1"


class Arrival(NamedTuple):
    """A request: its first line came `at` (time.perf_counter_ns, which all processes of this machine share), which was
    `moment` by the exchange's clock (UTC microseconds).
    """

    at: int
    moment: int
    method: str
    path: str
    asked: dict[str, str]


@dataclass(frozen=True, slots=True)
class Loopback:
    """Where it answers, what came in, and from when to when it made each answer (time.perf_counter_ns)."""

    url: str
    exchange: SmallExchange
    arrivals: list[Arrival] = field(default_factory=list)
    answered: list[tuple[int, int]] = field(default_factory=list)

    def forget(self) -> None:
        """The account and what came in are as at the start."""
        self.listen_anew()
        self.exchange.reset()

    def listen_anew(self) -> None:
        """Nothing came in yet."""
        self.arrivals.clear()
        self.answered.clear()

    def spent_before(self, at: int) -> int:
        """Nanoseconds that the exchange took for answers before `at`."""
        return sum(ended - begun for begun, ended in self.answered if ended <= at)


@contextmanager
def on_loopback(exchange: SmallExchange) -> Iterator[Loopback]:
    """The exchange on a free port, in a thread, while the context lasts."""
    with ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler) as server:
        loopback = Loopback(f"http://{HOST}:{server.server_port}", exchange)
        server.RequestHandlerClass = _handler(loopback)
        thread = threading.Thread(target=server.serve_forever, name="bench exchange", daemon=True)
        thread.start()
        try:
            yield loopback
        finally:
            server.shutdown()
            thread.join()


def first_order(arrivals: list[Arrival]) -> Arrival | None:
    """The first order that trades: what protects a position rests."""
    orders = (one for one in arrivals if (one.method, one.path) == ("POST", "/api/v3/order"))
    return next((one for one in orders if "stopPrice" not in one.asked), None)


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Keeps connections open, and sends an answer in one piece without waiting for more."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        begun = 0, 0

        def parse_request(self) -> bool:
            """Called as soon as the first line is there."""
            self.begun = time.perf_counter_ns(), loopback.exchange.now()
            return super().parse_request()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            self._reply()

        do_POST = do_DELETE = do_GET  # noqa: N815

        def _reply(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = dict(parse_qsl(f"{address.query}&{body}"))
            loopback.arrivals.append(Arrival(*self.begun, self.command, address.path, asked))
            status, said = loopback.exchange.answer(self.command, address.path, asked)
            content = said.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            loopback.answered.append((self.begun[0], time.perf_counter_ns()))
            self.wfile.write(content)

    return Handler
