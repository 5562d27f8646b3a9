"""A venue on the loopback: real sockets, a log of every request, and faults on demand."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from venues.tape import HOUR_MS, Tape

Fault = int | Literal["hang", "reset", "html", "cut", "empty", "stale", "off", "redirect"]
HTML = b"<html>Service Temporarily Unavailable</html>"


class Problem(Exception):
    """An answer of the venue that is an error: its status and its body."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass
class Asked:
    """One request as it came, and when (seconds of the machine's clock)."""

    path: str
    query: dict[str, str]
    headers: Message
    at: float


@dataclass
class Loopback:
    """The market data of one venue.

    `faults` are taken one a request whose path holds `fault_path`; when they are used up, `always` counts (None: no
    fault). An int is an HTTP status (200: none); "hang" answers nothing for `hang_s`, "reset" closes the connection,
    "html" is a log-in page with status 200, "cut" half an answer, "empty" one without bars, "stale" one that was
    frozen at `stale_at`, "off" one with prices times `factor`, "redirect" points to another host. `now` is the venue's
    clock in milliseconds, 0 the machine's.
    """

    tape: Tape = field(default_factory=Tape)
    now: int = 0
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    fault_path: str = "/"
    retry_after: str | None = None
    stale_at: int = 0
    factor: float = 1.03
    hang_s: float = 0.3
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        """The body of a sound answer: text as it is, anything else as JSON."""
        raise NotImplementedError

    def problem(self, status: int) -> object:
        """The body that the venue sends with an error status; HTML where it does not say."""
        return HTML.decode()

    def of(self, part: str) -> list[Asked]:
        """Requests whose path holds `part`, in order."""
        return [one for one in self.asked if part in one.path]

    def take_fault(self, path: str) -> Fault | None:
        """The fault for this request."""
        if self.fault_path not in path:
            return None
        return self.faults.pop(0) if self.faults else self.always

    def faulty_tape(self, fault: Fault | None) -> Tape:
        """What this request gets to see."""
        if fault == "empty":
            return Tape()
        if fault == "stale":
            return self.tape.until(self.stale_at or self.tape.spans[-1][1] - 24 * HOUR_MS)
        if fault == "off":
            return Tape(self.tape.spans, self.factor)
        return self.tape


def _handler(told: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = dict(parse_qsl(split.query))
            told.asked.append(Asked(split.path, query, self.headers, time.time()))
            fault = told.take_fault(split.path)
            if fault == "hang":
                time.sleep(told.hang_s)
            if fault in ("hang", "reset"):
                self.close_connection = True
                return
            status, body = self._answer(split.path, query, fault)
            self.send_response(status)
            if fault == "redirect":
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            if status in (418, 429) and told.retry_after is not None:
                self.send_header("Retry-After", told.retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, path: str, query: dict[str, str], fault: Fault | None) -> tuple[int, bytes]:
            if fault in ("html", "redirect"):
                return (302 if fault == "redirect" else 200), HTML
            if isinstance(fault, int) and fault != 200:
                return fault, _encoded(told.problem(fault))
            try:
                body = _encoded(told.answer(path, query, told.faulty_tape(fault), self.headers))
            except Problem as problem:
                return problem.status, _encoded(problem.body)
            return 200, body[: len(body) // 2] if fault == "cut" else body

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(told.now / 1000 if told.now else timestamp)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@contextmanager
def running(told: Loopback, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """The venue answers at `told.url` until the end of the block; with `tls` by https."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    told.url = f"http{'' if tls is None else 's'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
