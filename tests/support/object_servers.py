"""An S3-compatible server on the loopback, and a way to it that can be cut at any byte."""

import hashlib
import io
import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from data.bucket import Bucket
from data.objects import ObjectPath
from data.signing import Key

KEY = Key("AKIATESTKEY000001", "a-secret-of-the-tests", "us-east-1")
DIGITS = 64
_numbers = itertools.count()


@dataclass(frozen=True)
class ObjectServer:
    """A running server and a client of its own, which is none of ours."""

    port: int
    client: Any

    def new_bucket(self) -> str:
        """A bucket that nobody has used, by name."""
        name = f"lake-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def bucket(self, name: str | None = None, port: int | None = None, key: Key = KEY) -> Bucket:
        """Our way to a bucket (a new one), by another port where one is given."""
        return Bucket(self.new_bucket() if name is None else name, key, f"http://127.0.0.1:{port or self.port}")

    def root(self, local: Path, name: str | None = None, port: int | None = None) -> ObjectPath:
        """The root of a lake in a bucket (a new one), for the machine whose own files are in `local`."""
        return ObjectPath(self.bucket(name, port), "keel", local)

    def contents(self, name: str) -> dict[str, bytes]:
        """Every object of a bucket by its key, as the independent client reads them."""
        listed = self.client.list_objects_v2(Bucket=name).get("Contents", [])
        return {one["Key"]: self.client.get_object(Bucket=name, Key=one["Key"])["Body"].read() for one in listed}


@dataclass(frozen=True)
class Whole:
    """What moto leaves out, and every S3 server does: a body that did not arrive as it was signed is not stored."""

    app: Any

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """As of WSGI."""
        length, pieces = int(environ.get("CONTENT_LENGTH") or 0), "HTTP_TRANSFER_ENCODING" in environ
        try:
            body = environ["wsgi.input"].read() if pieces else environ["wsgi.input"].read(length) if length else b""
        except Exception:  # noqa: BLE001 - however werkzeug says that the client is gone
            body = b""
        said = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
        proof = environ.get("HTTP_AUTHORIZATION", "").rpartition("Signature=")[2]
        if pieces:  # as pyarrow sends them: behind the content stands its checksum
            whole = b"x-amz-checksum" in body[int(environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH", 0)) :]
        else:
            whole = len(body) == length and said == hashlib.sha256(body).hexdigest()
        if not whole or len(proof) != DIGITS:  # headers that end too early are headers to werkzeug
            start_response("400 Bad Request", [("Content-Type", "application/xml")])
            return [b"<Error><Code>IncompleteBody</Code></Error>"]
        environ["wsgi.input"] = io.BytesIO(body)
        return self.app(environ, start_response)


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    """A server without any bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Whole(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = server.server_port
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id=KEY.name,
            aws_secret_access_key=KEY.secret,
            region_name=KEY.region,
        )
        yield ObjectServer(port, client)
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Cut:
    """A loopback proxy that breaks every connection, and takes no more, after so many bytes to the server.

    `through` counts the bytes that went to the server; `left` None lets all of them through.
    """

    server: int
    left: int | None = None
    answered: bool = True
    through: int = 0
    port: int = field(init=False)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self._break()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.left is not None and self.left <= 0:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.server))
                self._pairs.append((near, far))
                threading.Thread(target=self._to_server, args=(near, far), daemon=True).start()
                threading.Thread(target=self._to_client, args=(near, far), daemon=True).start()

    def _to_server(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while content := near.recv(65_536):
                with self._lock:
                    if self.left is not None:
                        content, short = content[: max(0, self.left)], len(content) > self.left
                        self.left -= len(content)
                    else:
                        short = False
                    self.through += len(content)
                far.sendall(content)
                if short:
                    self._break()
                    return
            far.shutdown(socket.SHUT_WR)

    def _to_client(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while content := far.recv(65_536):
                if self.left is not None and self.left <= 0:
                    return  # carried out, and nobody hears of it
                near.sendall(content)
            near.shutdown(socket.SHUT_WR)

    def _break(self) -> None:
        for pair in self._pairs:
            for one in pair:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._pairs.clear()


@contextmanager
def cut(server: int, left: int | None = None) -> Iterator[Cut]:
    """A proxy in front of the server's port that lets so many bytes through."""
    proxy = Cut(server, left)
    try:
        yield proxy
    finally:
        proxy.close()
