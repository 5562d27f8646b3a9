"""Receivers of alerts on the loopback: a webhook, the chats' own hosts behind a proxy with TLS, and a mail server."""

import contextlib
import json
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from exchange.tls import Authority, make_authority

CHATS = ("hooks.slack.com", "api.telegram.org", "events.pagerduty.com")
# What each of them answers to a message that it has taken.
ANSWERS = {
    "hooks.slack.com": (200, b"ok"),
    "api.telegram.org": (200, b'{"ok": true, "result": {}}'),
    "events.pagerduty.com": (202, b'{"status": "success", "message": "Event processed", "dedup_key": "x"}'),
}


@dataclass(slots=True)
class Receiver:
    """What arrived: (host, path, body), in order. Another `status` than 200 refuses; `before`: seconds it takes."""

    port: int = 0
    got: list[tuple[str, str, Any]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    status: int = 200
    before: float = 0.0

    @property
    def url(self) -> str:
        """Of the webhook."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def titles(self) -> list[str]:
        """Of what arrived at the webhook."""
        return [str(body["title"]) for _, _, body in self.got]

    @property
    def texts(self) -> list[str]:
        """Bodies of what arrived at the webhook."""
        return [str(body["message"]) for _, _, body in self.got]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextlib.contextmanager
def receiving(authority: Authority | None = None, port: int = 0) -> Iterator[Receiver]:
    """A webhook; with an authority also a proxy that is every host of CHATS."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = "webhook"

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_CONNECT(self) -> None:
            assert authority is not None
            self.host = self.path.split(":")[0]
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            try:
                self.connection = authority.context().wrap_socket(self.connection, server_side=True)
            except (ssl.SSLError, OSError):
                self.close_connection = True
                return
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_HEAD(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(told.before)
            status, answer = ANSWERS.get(self.host, (200, b"{}"))
            if told.status == 200:
                told.at.append(time.monotonic())
                told.got.append((self.host, self.path, json.loads(raw)))
            else:
                status, answer = told.status, b"no"
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

    server = _Server(("127.0.0.1", port), Handler)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def chat_authority(folder: Path) -> Authority:
    """One that vouches for the chats."""
    return make_authority(folder, CHATS)


@dataclass(slots=True)
class Mail:
    """A mail server, and what was sent there: (from, to, subject, text)."""

    port: int = 0
    got: list[tuple[str, str, str, str]] = field(default_factory=list)


@contextlib.contextmanager
def mailing() -> Iterator[Mail]:
    """SMTP without encryption, on the loopback."""
    mail = Mail()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 loopback")
            to, sender = "", ""
            while line := self.rfile.readline().decode().strip():
                word = line.upper()
                if word.startswith("EHLO"):
                    self.wfile.write(b"250-loopback\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n")
                elif word.startswith("AUTH"):
                    self.say("235 in")
                elif word.startswith("MAIL FROM:"):
                    sender = line[10:].split(" ")[0].strip("<> ")
                    self.say("250 ok")
                elif word.startswith("RCPT TO:"):
                    to = line[8:].strip("<> ")
                    self.say("250 ok")
                elif word == "DATA":
                    self.say("354 go on")
                    self.take(sender, to)
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def take(self, sender: str, to: str) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            found = message_from_bytes(b"".join(lines), policy=policy.default)
            part = found.get_body(("plain", "html"))
            mail.got.append((sender, to, str(found["Subject"]), "" if part is None else part.get_content()))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mail.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield mail
    finally:
        server.shutdown()
        server.server_close()
