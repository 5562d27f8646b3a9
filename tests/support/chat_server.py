"""A language model on the loopback that says what a test tells it to: chat completions over plain HTTP."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Reply:
    """Status, body and headers; a wait before the first byte and after every hundred bytes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0.0
    between: float = 0.0


@dataclass(slots=True)
class Chat:
    """Its address, what it answers a headline with, and all requests that it had: headers and bodies."""

    url: str
    reply: Callable[[str], Reply]
    requests: list[tuple[dict[str, str], dict[str, object]]] = field(default_factory=list)

    @property
    def headlines(self) -> list[str]:
        """What it was asked about."""
        return [json.loads(body["messages"][1]["content"])["headline"] for _, body in self.requests]


def said(content: object) -> Reply:
    """An answer whose message has this content."""
    message = {"role": "assistant", "content": content}
    return Reply(json.dumps({"choices": [{"index": 0, "message": message}]}).encode())


@contextlib.contextmanager
def chatting(reply: Callable[[str], Reply]) -> Iterator[Chat]:
    """A server in a thread of its own, until the end of the context."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            chat.requests.append((dict(self.headers), body | {"path": self.path}))
            answer = chat.reply(chat.headlines[-1])
            time.sleep(answer.before)
            with contextlib.suppress(OSError):
                self._send(answer)

        def _send(self, answer: Reply) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            step = 100 if answer.between else max(1, len(answer.body))
            for start in range(0, len(answer.body), step):
                self.wfile.write(answer.body[start : start + step])
                self.wfile.flush()
                time.sleep(answer.between)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        chat = Chat(f"http://127.0.0.1:{server.server_address[1]}/v1", reply)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield chat
        finally:
            server.shutdown()
            thread.join()
