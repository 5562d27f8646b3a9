"""A source of news on the loopback: raw sockets, so that it can be as slow, as long and as broken as it likes."""

import contextlib
import gzip
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        length: what the header Content-Length says, None: what is true; -1: no such header.
        times: how often the body is sent, one after the other.
        before_s: until the first byte.
        between_s: between the bytes of the head (`slow_head`) or of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    times: int = 1
    before_s: float = 0.0
    between_s: float = 0.0
    slow_head: bool = False

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        length = len(self.body) * self.times if self.length is None else self.length
        rows = {**self.headers, "Connection": "close"} | ({} if length < 0 else {"Content-Length": str(length)})
        lines = [f"HTTP/1.1 {self.status} Whatever", *(f"{name}: {value}" for name, value in rows.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1")


@dataclass
class Heeded:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class NewsServer:
    """Gives `replies` one after the other, and the last one for ever; keeps what it was asked."""

    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    heeded: list[Heeded] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    def take(self) -> Reply:
        """The reply to this request."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def packed(body: bytes) -> Reply:
    """The body as gzip."""
    return Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


def bomb(megabytes: int) -> Reply:
    """A few kilobytes that unpack to so many megabytes of spaces."""
    return packed(b" " * (megabytes << 20))


@contextmanager
def serving(server: NewsServer) -> Iterator[NewsServer]:
    """It answers at `server.url` until the end of the block."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                _answer(self, server)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

        def handle_error(self, *_: object) -> None:
            pass

    with Listener(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        server.url = f"http://127.0.0.1:{listener.server_address[1]}"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def _answer(handler: socketserver.StreamRequestHandler, server: NewsServer) -> None:
    first = handler.rfile.readline().decode("latin-1").split(" ")
    if len(first) < 2:
        return
    headers = {}
    while line := handler.rfile.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    split = urlsplit(first[1])
    server.heeded.append(Heeded(split.path, dict(parse_qsl(split.query, keep_blank_values=True)), headers))
    reply = server.take()
    time.sleep(reply.before_s)
    _send(handler, server, reply.head, reply.between_s if reply.slow_head else 0.0)
    for _ in range(reply.times):
        _send(handler, server, reply.body, 0.0 if reply.slow_head else reply.between_s)


def _send(handler: socketserver.StreamRequestHandler, server: NewsServer, body: bytes, between_s: float) -> None:
    for piece in [body] if not between_s else [body[at : at + 1] for at in range(len(body))]:
        handler.wfile.write(piece)
        server.sent += len(piece)
        time.sleep(between_s)
