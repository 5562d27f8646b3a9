"""The exchange without sockets: stands where ccxt has its `requests.Session`, at the same wire level."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from requests import exceptions
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

from exchange.clocks import Clock
from exchange.exchange import Exchange


class MemoryResponse:
    """What ccxt reads of a response."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str, url: str) -> None:
        self.status_code, self.text, self.url = status, text, url
        self.headers = CaseInsensitiveDict(headers)
        self.reason = HTTPStatus(status).phrase
        self.encoding = "utf-8"

    @property
    def content(self) -> bytes:
        return self.text.encode()

    def raise_for_status(self) -> None:
        """As requests has it.

        Raises:
            HTTPError: the status is of an error.
        """
        if self.status_code >= 400:
            raise exceptions.HTTPError(f"{self.status_code} Error: {self.reason} for url: {self.url}")


class MemorySession:
    """A session whose every host is the exchange. What hangs takes its timeout on the clock, if that can be moved.

    Nothing leaves the process; proxies and certificates are taken and not used.
    """

    def __init__(self, exchange: Exchange, clock: Clock, connection: str = "memory") -> None:
        self.exchange, self.clock, self.connection = exchange, clock, connection
        self.headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        self.cookies = RequestsCookieJar()
        self.trust_env = False
        self.max_redirects = 0
        self.verify = True

    def request(
        self,
        method: str,
        url: str,
        data: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        proxies: Any = None,
        verify: Any = None,
        files: Any = None,
    ) -> MemoryResponse:
        """One request.

        Raises:
            ReadTimeout: it was never answered.
            ConnectionError: it was torn, or there was nobody.
        """
        parts = urlsplit(url)
        body = data.decode() if isinstance(data, bytes) else data or ""
        reply = self.exchange.handle(method, parts.path, parts.query, headers, body, self.connection)
        if reply.delivery == "hang":
            self._wait(timeout)
            raise exceptions.ReadTimeout(f"Read timed out. (read timeout={timeout})")
        if reply.delivery == "reset":
            raise exceptions.ConnectionError(
                "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
            )
        if reply.delivery == "refuse":
            raise exceptions.ConnectionError("Failed to establish a new connection: [Errno 111] Connection refused")
        return MemoryResponse(reply.status, reply.headers, reply.body, url)

    def close(self) -> None:
        """Nothing is open."""

    def _wait(self, timeout: float | None) -> None:
        advance = getattr(self.clock, "advance", None)
        if advance is not None and timeout is not None:
            advance(round(1000 * timeout))
